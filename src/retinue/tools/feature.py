"""What the package offers."""

from retinue.core.feature import Feature
from retinue.tools import permissions
from retinue.tools.instruments import ToolInstruments
from retinue.tools.mcp.settings import McpSettings
from retinue.tools.settings import ToolSettings

feature = Feature(
    name="tools",
    routers=("retinue.tools.mcp.routes", "retinue.tools.routes"),
    permissions=permissions.ALL,
    settings=(ToolSettings, McpSettings),
    instruments=(ToolInstruments,),
)
