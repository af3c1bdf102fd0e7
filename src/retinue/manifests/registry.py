"""The kinds of resources that are kept in files, in the order of their dependence: what others name comes first."""

from retinue.manifests.kinds.agent import AgentKind
from retinue.manifests.kinds.budget import BudgetKind
from retinue.manifests.kinds.n8n import N8nConnectionKind
from retinue.manifests.kinds.schedule import ScheduleKind
from retinue.manifests.kinds.team import TeamKind
from retinue.manifests.kinds.template import TemplateKind
from retinue.manifests.kinds.tool import ToolKind
from retinue.manifests.kinds.workflow import WorkflowKind
from retinue.manifests.ports import ManifestKind

KINDS: tuple[ManifestKind, ...] = (
    ToolKind(),
    TemplateKind(),
    AgentKind(),
    TeamKind(),
    WorkflowKind(),
    ScheduleKind(),
    BudgetKind(),
    N8nConnectionKind(),
)


def kind_named(name: object) -> ManifestKind | None:
    """Return a kind by what a file writes in its field ``kind``."""
    return next((kind for kind in KINDS if kind.name == name), None)
