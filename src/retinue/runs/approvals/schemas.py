"""What comes in over the wire."""

from typing import Annotated, Literal

from pydantic import Field

from retinue.core.http.request_models import Body
from retinue.core.json import Json, JsonObject
from retinue.runs.approvals.types import Decision, Verdict


class AnswerBody(Body):
    """An answer to a question."""

    answer: JsonObject = Field(description="What was entered in the form; it must fit the JSON Schema `form`.")


class DecideBody(Body):
    """A decision."""

    decision: Verdict = Field(
        description="For a tool call: whether to make it. For an unknown outcome: whether to repeat it."
    )
    arguments: JsonObject | None = Field(default=None, description="Arguments to call the tool with instead.")
    comment: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="Shown with the decision, and to the model when a call is rejected."
    )
    value: Json = Field(
        default=None, description="For the approval of a node: the edited value; it must fit the JSON Schema `editable`."
    )
    result: Json = Field(
        default=None, description="For an unknown outcome: the result of the call. The call is then not repeated."
    )

    def to_decision(self) -> Decision:
        """Return the decision as a value; a result or value that is null counts as given when the field was sent."""
        sent = self.model_fields_set
        more = (self.result, "result" in sent, self.value, "value" in sent)
        return Decision(self.decision, self.arguments, self.comment, *more)


class AssignApprovalBody(Body):
    """Who decides from now on."""

    assignees: Annotated[list[Annotated[str, Field(min_length=1, max_length=320)]], Field(max_length=50)] = Field(
        default=[], description="E-mail addresses or ids of members whose role lets them decide."
    )
    role: Literal["owner", "admin", "agent_manager"] | None = Field(
        default=None, description="Members with this role or a higher one may decide too."
    )
    quorum: Annotated[int, Field(ge=1, le=50)] = Field(default=1, description="So many must approve the same.")


class ApprovalLinkBody(Body):
    """A link from an e-mail message."""

    token: Annotated[str, Field(min_length=1, max_length=1000, description="The part of the link after `#`.")]


class DecideByLinkBody(ApprovalLinkBody):
    """A decision by a link."""

    decision: Verdict
    comment: Annotated[str, Field(max_length=2000)] | None = None
