"""What the package offers."""

from retinue.core.feature import Feature
from retinue.llm import permissions
from retinue.llm.instruments import ModelInstruments
from retinue.llm.settings import ModelSettings

feature = Feature(
    name="llm",
    routers=("retinue.llm.routes", "retinue.llm.routes_instance"),
    permissions=permissions.ALL,
    settings=(ModelSettings,),
    instruments=(ModelInstruments,),
)
