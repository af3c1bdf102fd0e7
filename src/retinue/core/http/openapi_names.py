"""Public names in the OpenAPI document: clients are generated from them, so they are stable and do not name Python modules.

The id of an operation is the name of its function, ``verb_noun``. A schema has the name of its class unless ``NAMES``
gives a better one: a class in a package of runs is ``Step``, a client's is ``RunStep``. A page of ``Run`` is ``RunPage``; a
schema that differs as input is ``AgentConfigInput``. ``tests/core/test_openapi_names.py`` guards all of them.
"""

import re
from collections import Counter
from typing import Any, cast

from fastapi.routing import APIRoute

from retinue.core.json import Json

NAMES = {
    "Backfilled": "ScheduleBackfill",
    "BackfillBody": "BackfillSchedule",
    "CatchUp": "CatchUpPolicy",
    "Frequency": "ScheduleFrequency",
    "MissingDate": "MissingDatePolicy",
    "Occurrence": "ScheduleOccurrence",
    "Overlap": "OverlapPolicy",
    "PauseBody": "PauseSchedule",
    "PreviewBody": "PreviewSchedule",
    "QuietHoursBody": "NewQuietHours",
    "RecurrenceBody": "NewRecurrence",
    "TargetType": "ScheduleTargetType",
    "StartWorkflowBody": "StartWorkflowRun",
    "MemberBody": "NewTeamMember",
    "Mode": "TeamMode",
    "Policy": "PartialResultsPolicy",
    "Sharing": "TeamSharing",
    "Accept": "AcceptInvitation",
    "Author": "VersionAuthor",
    "BeginBody": "CreateConversation",
    "Category": "AgentCategory",
    "ChatBody": "SendChatMessage",
    "Difference": "WorkflowDifference",
    "DifferentField": "WorkflowFieldDifference",
    "CostPreview": "WorkflowCostPreview",
    "NodeCost": "WorkflowNodeCost",
    "Check": "DeploymentCheck",
    "CheckStatus": "DeploymentCheckStatus",
    "Claim": "ClaimInstallation",
    "ClaimState": "ClaimLinkState",
    "Confirm": "ConfirmTwoFactor",
    "AnswerBody": "AnswerQuestion",
    "DecideBody": "DecideApproval",
    "AssignApprovalBody": "AssignApproval",
    "ApprovalLinkBody": "ApprovalLinkToken",
    "DecideByLinkBody": "DecideByLink",
    "Deletion": "OrganizationDeletion",
    "DiffKind": "TextDiffKind",
    "DiffPart": "TextDiffPart",
    "DraftBody": "AgentDraft",
    "TeamDraftBody": "TeamDraft",
    "MemberDraftBody": "MemberDraft",
    "Effect": "ToolEffect",
    "EmailChange": "ChangeEmail",
    "Enroll": "EnrollTwoFactor",
    "Enrollment": "TwoFactorEnrollment",
    "Exchange": "MessageExchange",
    "Feedback": "RunFeedback",
    "FeedbackBody": "SetRunFeedback",
    "ForkBody": "ForkRun",
    "Grade": "ModelGrade",
    "InputBody": "RunInput",
    "Invite": "CreateInvitation",
    "Level": "LogLevel",
    "Limits": "RunLimits",
    "MemberChange": "TeamMemberChange",
    "MemberChangeKind": "TeamMemberChangeKind",
    "Memory": "AgentMemory",
    "MessageBody": "SendMessage",
    "Moment": "RunMoment",
    "NewPointBody": "NewMetricPoint",
    "MomentType": "RunMomentType",
    "OnBusy": "BusyPolicy",
    "Outcome": "RunOutcome",
    "Override": "ModelOverrideInput",
    "PasswordChange": "ChangePassword",
    "Phase": "DeletionPhase",
    "Presence": "AgentPresence",
    "Prove": "TwoFactorProof",
    "Provider": "ModelProvider",
    "CreateProvider": "CreateModelProvider",
    "UpdateProvider": "UpdateModelProvider",
    "ProviderKind": "ModelProviderKind",
    "ProviderList": "ModelProviderList",
    "RegenerateBody": "RegenerateReply",
    "RenameBody": "UpdateConversation",
    "RetryBody": "RetryRun",
    "RunFromBody": "RunFromNode",
    "Runtime": "AgentRuntime",
    "Sender": "MessageSender",
    "SendEventBody": "SendEvent",
    "SentRequest": "ModelRequest",
    "SessionRow": "SessionSummary",
    "StartBody": "StartRun",
    "Status": "AgentStatus",
    "Step": "RunStep",
    "StepStatus": "RunStepStatus",
    "Switch": "SwitchOrganization",
    "TestProvider": "TestModelProvider",
    "TestResult": "ModelProviderTest",
    "Trigger": "RunTrigger",
    "TriggerType": "DeploymentTrigger",
    "UpdateBody": "UpdateRun",
    "UpdateMe": "UpdateProfile",
    "VersionDiff": "AgentVersionDiff",
    "Verdict": "ApprovalDecision",
    "retinue__identity__sessions__types__Instance": "InstallationState",
    "retinue__llm__routes_instance__Instance": "Instance",
}
_REFERENCE = "#/components/schemas/"
_PAGE = re.compile(r"Page_(.+)_")


def operation_id(route: APIRoute) -> str:
    """Return the id of an operation: the name of its function, which is unique over all routes."""
    return route.name


def rename_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Give every schema of an OpenAPI document its public name; schemas that would share one keep theirs."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    wanted = {name: public_name(name) for name in schemas}
    count = Counter(wanted.values())
    names = {name: public if count[public] == 1 else name for name, public in wanted.items()}
    renamed = cast("dict[str, Any]", _with_references(document, names))
    inner = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {names[name]: inner[name] for name in sorted(inner, key=names.__getitem__)}
    return renamed


def public_name(name: str) -> str:
    """Return the public name of a schema that FastAPI names ``name``."""
    page = _PAGE.fullmatch(name)
    if page:
        return f"{public_name(page[1])}Page"
    if name.endswith("-Output"):
        return public_name(name.removesuffix("-Output"))
    if name.endswith("-Input"):
        return f"{public_name(name.removesuffix('-Input'))}Input"
    return NAMES.get(name, name)


def _with_references(value: Json, names: dict[str, str]) -> Json:
    if isinstance(value, dict):
        found = {key: _with_references(item, names) for key, item in value.items()}
        target = found.get("$ref")
        if isinstance(target, str) and target.startswith(_REFERENCE):
            found["$ref"] = _REFERENCE + names[target.removeprefix(_REFERENCE)]
        return found
    if isinstance(value, list):
        return [_with_references(item, names) for item in value]
    return value
