"""The ordered list of packages, the only place that knows all of them. Entry points collect their features from here."""

from retinue.agents.feature import feature as agents
from retinue.alerts.feature import feature as alerts
from retinue.backups.feature import feature as backups
from retinue.budgets.feature import feature as budgets
from retinue.connections.feature import feature as connections
from retinue.conversations.attachments.feature import feature as attachments
from retinue.conversations.feature import feature as conversations
from retinue.core.feature import Feature
from retinue.dashboard.feature import feature as dashboard
from retinue.deployments.feature import feature as deployments
from retinue.erasures.feature import feature as erasures
from retinue.external.feature import feature as external
from retinue.external.keys.feature import feature as agent_keys
from retinue.identity.accounts.feature import feature as accounts
from retinue.identity.api_keys.feature import feature as api_keys
from retinue.identity.audit.feature import feature as audit
from retinue.identity.claim.feature import feature as claim
from retinue.identity.deletions.feature import feature as deletions
from retinue.identity.invitations.feature import feature as invitations
from retinue.identity.organizations.feature import feature as organizations
from retinue.identity.organizations.members.feature import feature as members
from retinue.identity.recovery.feature import feature as recovery
from retinue.identity.sessions.feature import feature as sessions
from retinue.identity.two_factor.feature import feature as two_factor
from retinue.identity.users.feature import feature as users
from retinue.integrations.influxdb.feature import feature as influxdb
from retinue.integrations.line_protocol.feature import feature as line_protocol
from retinue.integrations.n8n.feature import feature as n8n
from retinue.integrations.redis.feature import feature as redis
from retinue.integrations.tracing.feature import feature as tracing
from retinue.llm.feature import feature as llm
from retinue.manifests.feature import feature as manifests
from retinue.metrics.feature import feature as metrics
from retinue.notifications.feature import feature as notifications
from retinue.realtime.feature import feature as realtime
from retinue.retention.feature import feature as retention
from retinue.runs.approvals.feature import feature as approvals
from retinue.runs.endpoints.feature import feature as webhooks
from retinue.runs.external_events.feature import feature as external_events
from retinue.runs.feature import feature as runs
from retinue.runs.live.feature import feature as live
from retinue.sandbox.feature import feature as sandbox
from retinue.schedules.feature import feature as schedules
from retinue.teams.feature import feature as teams
from retinue.tools.feature import feature as tools
from retinue.tools.web_search.feature import feature as web_search
from retinue.usage.feature import feature as usage
from retinue.workflows.feature import feature as workflows

# HTTP tries routes in this order: what is asked most often comes first (a start of a run: 0.2 ms sooner).
FEATURES: tuple[Feature, ...] = (
    runs,
    live,
    conversations,
    users,
    sessions,
    two_factor,
    recovery,
    accounts,
    organizations,
    deletions,
    members,
    invitations,
    claim,
    api_keys,
    audit,
    llm,
    sandbox,
    tools,
    web_search,
    agents,
    teams,
    schedules,
    realtime,
    workflows,
    approvals,
    external_events,
    webhooks,
    attachments,
    manifests,
    deployments,
    usage,
    budgets,
    metrics,
    external,
    agent_keys,
    notifications,
    alerts,
    dashboard,
    tracing,
    line_protocol,
    redis,
    influxdb,
    retention,
    erasures,
    n8n,
    connections,
    backups,
)


def permissions_of(role: str) -> frozenset[str]:
    """Return every permission that a role has, over all packages."""
    return frozenset(name for feature in FEATURES for name, roles in feature.permissions.items() if role in roles)
