"""The whole API. Generated from the OpenAPI document by ``python -m tools.client``."""

from retinue.client.api.agents import AgentsApi
from retinue.client.api.alerts import AlertsApi
from retinue.client.api.api_keys import ApiKeysApi
from retinue.client.api.approvals import ApprovalsApi
from retinue.client.api.audit_log import AuditLogApi
from retinue.client.api.auth import AuthApi
from retinue.client.api.budgets import BudgetsApi
from retinue.client.api.connections import ConnectionsApi
from retinue.client.api.conversations import ConversationsApi
from retinue.client.api.dashboard import DashboardApi
from retinue.client.api.deployed import DeployedApi
from retinue.client.api.deployments import DeploymentsApi
from retinue.client.api.events import EventsApi
from retinue.client.api.external_agents import ExternalAgentsApi
from retinue.client.api.live import LiveApi
from retinue.client.api.manifests import ManifestsApi
from retinue.client.api.members import MembersApi
from retinue.client.api.metrics import MetricsApi
from retinue.client.api.models import ModelsApi
from retinue.client.api.n8n import N8nApi
from retinue.client.api.notifications import NotificationsApi
from retinue.client.api.organizations import OrganizationsApi
from retinue.client.api.realtime import RealtimeApi
from retinue.client.api.schedules import SchedulesApi
from retinue.client.api.system import SystemApi
from retinue.client.api.teams import TeamsApi
from retinue.client.api.tools import ToolsApi
from retinue.client.api.usage import UsageApi
from retinue.client.api.users import UsersApi
from retinue.client.api.variables import VariablesApi
from retinue.client.api.webhooks import WebhooksApi
from retinue.client.api.workflows import WorkflowsApi
from retinue.client.connection import Connection
from retinue.client.runs import Runs


class Everything:
    """The operations of the API by tag."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection."""
        self.agents = AgentsApi(connection)
        self.alerts = AlertsApi(connection)
        self.api_keys = ApiKeysApi(connection)
        self.approvals = ApprovalsApi(connection)
        self.audit_log = AuditLogApi(connection)
        self.auth = AuthApi(connection)
        self.budgets = BudgetsApi(connection)
        self.connections = ConnectionsApi(connection)
        self.conversations = ConversationsApi(connection)
        self.dashboard = DashboardApi(connection)
        self.deployed = DeployedApi(connection)
        self.deployments = DeploymentsApi(connection)
        self.events = EventsApi(connection)
        self.external_agents = ExternalAgentsApi(connection)
        self.live = LiveApi(connection)
        self.manifests = ManifestsApi(connection)
        self.members = MembersApi(connection)
        self.metrics = MetricsApi(connection)
        self.models = ModelsApi(connection)
        self.n8n = N8nApi(connection)
        self.notifications = NotificationsApi(connection)
        self.organizations = OrganizationsApi(connection)
        self.realtime = RealtimeApi(connection)
        self.runs = Runs(connection)
        self.schedules = SchedulesApi(connection)
        self.system = SystemApi(connection)
        self.teams = TeamsApi(connection)
        self.tools = ToolsApi(connection)
        self.usage = UsageApi(connection)
        self.users = UsersApi(connection)
        self.variables = VariablesApi(connection)
        self.webhooks = WebhooksApi(connection)
        self.workflows = WorkflowsApi(connection)
