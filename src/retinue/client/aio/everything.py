"""The whole API, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from retinue.client.aio.agents import AsyncAgentsApi
from retinue.client.aio.alerts import AsyncAlertsApi
from retinue.client.aio.api_keys import AsyncApiKeysApi
from retinue.client.aio.approvals import AsyncApprovalsApi
from retinue.client.aio.audit_log import AsyncAuditLogApi
from retinue.client.aio.auth import AsyncAuthApi
from retinue.client.aio.budgets import AsyncBudgetsApi
from retinue.client.aio.connections import AsyncConnectionsApi
from retinue.client.aio.conversations import AsyncConversationsApi
from retinue.client.aio.dashboard import AsyncDashboardApi
from retinue.client.aio.deployed import AsyncDeployedApi
from retinue.client.aio.deployments import AsyncDeploymentsApi
from retinue.client.aio.events import AsyncEventsApi
from retinue.client.aio.external_agents import AsyncExternalAgentsApi
from retinue.client.aio.live import AsyncLiveApi
from retinue.client.aio.manifests import AsyncManifestsApi
from retinue.client.aio.members import AsyncMembersApi
from retinue.client.aio.metrics import AsyncMetricsApi
from retinue.client.aio.models import AsyncModelsApi
from retinue.client.aio.n8n import AsyncN8nApi
from retinue.client.aio.notifications import AsyncNotificationsApi
from retinue.client.aio.organizations import AsyncOrganizationsApi
from retinue.client.aio.realtime import AsyncRealtimeApi
from retinue.client.aio.schedules import AsyncSchedulesApi
from retinue.client.aio.system import AsyncSystemApi
from retinue.client.aio.teams import AsyncTeamsApi
from retinue.client.aio.tools import AsyncToolsApi
from retinue.client.aio.usage import AsyncUsageApi
from retinue.client.aio.users import AsyncUsersApi
from retinue.client.aio.variables import AsyncVariablesApi
from retinue.client.aio.webhooks import AsyncWebhooksApi
from retinue.client.aio.workflows import AsyncWorkflowsApi
from retinue.client.async_connection import AsyncConnection
from retinue.client.runs import AsyncRuns


class AsyncEverything:
    """The operations of the API by tag."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Take the connection."""
        self.agents = AsyncAgentsApi(connection)
        self.alerts = AsyncAlertsApi(connection)
        self.api_keys = AsyncApiKeysApi(connection)
        self.approvals = AsyncApprovalsApi(connection)
        self.audit_log = AsyncAuditLogApi(connection)
        self.auth = AsyncAuthApi(connection)
        self.budgets = AsyncBudgetsApi(connection)
        self.connections = AsyncConnectionsApi(connection)
        self.conversations = AsyncConversationsApi(connection)
        self.dashboard = AsyncDashboardApi(connection)
        self.deployed = AsyncDeployedApi(connection)
        self.deployments = AsyncDeploymentsApi(connection)
        self.events = AsyncEventsApi(connection)
        self.external_agents = AsyncExternalAgentsApi(connection)
        self.live = AsyncLiveApi(connection)
        self.manifests = AsyncManifestsApi(connection)
        self.members = AsyncMembersApi(connection)
        self.metrics = AsyncMetricsApi(connection)
        self.models = AsyncModelsApi(connection)
        self.n8n = AsyncN8nApi(connection)
        self.notifications = AsyncNotificationsApi(connection)
        self.organizations = AsyncOrganizationsApi(connection)
        self.realtime = AsyncRealtimeApi(connection)
        self.runs = AsyncRuns(connection)
        self.schedules = AsyncSchedulesApi(connection)
        self.system = AsyncSystemApi(connection)
        self.teams = AsyncTeamsApi(connection)
        self.tools = AsyncToolsApi(connection)
        self.usage = AsyncUsageApi(connection)
        self.users = AsyncUsersApi(connection)
        self.variables = AsyncVariablesApi(connection)
        self.webhooks = AsyncWebhooksApi(connection)
        self.workflows = AsyncWorkflowsApi(connection)
