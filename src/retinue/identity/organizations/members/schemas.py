"""What comes in over the wire about members."""

from retinue.core.http.request_models import Body
from retinue.core.permissions import Role


class UpdateMember(Body):
    """The new role."""

    role: Role
