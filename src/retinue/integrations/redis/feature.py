"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.integrations.redis import publishing, telling

feature = Feature(
    name="redis",
    periodic=(
        Periodic("redis.publish", publishing.SECONDS, publishing.publish),
        Periodic("redis.tell", telling.SECONDS, telling.tell),
    ),
)
