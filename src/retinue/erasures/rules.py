"""Pure decisions: why rows stay that still name what was erased, and what a certificate says in addition."""

from retinue.erasures.types import ErasureKind
from retinue.integrations.influxdb.service import Forgotten

FIRST_ROWS = 2000
"""Rows that one transaction of an erasure deletes at most."""
RUNS_AT_ONCE = 50

_PSEUDONYM = "Only the id, which no longer leads to a name."
_REASONS = {
    "audit_log": "The audit log says that something was done, without addresses and documents. " + _PSEUDONYM,
    "api_usage": "Usage is kept for cost by its own retention. " + _PSEUDONYM,
    "usage_hours": "Sums of usage are kept for cost by their own retention. " + _PSEUDONYM,
    "organization_deletions": "The record of the organization's deletion. " + _PSEUDONYM,
    "workflow_executions": "Counters of workflows. " + _PSEUDONYM,
    "agent_versions": "Definitions of the organization's agents that name it.",
    "agent_templates": "Templates are copies that belong to the organization.",
    "outbox": "News that is being handed on; it goes with its delivery.",
    "dispatch.procrastinate_jobs": "A job that is being ended.",
}
_OTHERS = "Records of others, which the organization keeps by its retention, mention it."
_REMARKS = (
    "Backups made before keep what they hold until their retention deletes them; so do versions kept by an S3 bucket.",
    "What was sent to model providers, trace collectors, channels of alerts and other systems is beyond this installation.",
)
_MORE = {
    ErasureKind.PERSON: (
        "Runs that the person's API keys, schedules and webhooks started stay, without a starter.",
        "What the person wrote when they decided for a run of others stays in the steps of that run until it is deleted.",
        "Agents, tools, teams and workflows that the person created stay without their creator.",
        "Counters of rate limits, by ids of keys and hashes of addresses, are forgotten within an hour.",
    ),
    ErasureKind.AGENT: (
        "Runs of other agents, teams and workflows in which the agent took part stay, with what they quote.",
        "Plans of runs that no run follows any more are deleted with the agent; shared ones go within a day.",
    ),
    ErasureKind.ORGANIZATION: ("Accounts of members stay: they are the persons' own.",),
}


INFLUX_TAGS = {ErasureKind.AGENT: "agent_id", ErasureKind.ORGANIZATION: "organization_id"}
"""The tag by which points in InfluxDB name what is erased; they name no person."""
_INFLUX = {
    Forgotten.DELETED: "The points that were sent to InfluxDB are deleted there, by the tag {tag}.",
    Forgotten.KEPT: "The server to which points were sent does not delete them: delete those with the tag {tag} there.",
}


def reason_of(table: str) -> str:
    """Return why rows of a table stay that still name what was erased."""
    return _REASONS.get(table, _OTHERS)


def remarks_of(kind: ErasureKind, forgotten: Forgotten) -> tuple[str, ...]:
    """Return what a certificate says of everything that no table shows."""
    said = _INFLUX.get(forgotten)
    return (*_MORE[kind], *((said.format(tag=INFLUX_TAGS[kind]),) if said and kind in INFLUX_TAGS else ()), *_REMARKS)
