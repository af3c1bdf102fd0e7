import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from retinue.core.permissions import Role
from retinue.features import FEATURES, permissions_of
from retinue.identity.api_keys.rules import effective

_DECLARED = sorted({name for feature in FEATURES for name in feature.permissions})
_LADDER = [Role.VIEWER, Role.AGENT_MANAGER, Role.ADMIN, Role.OWNER]


def test_each_role_may_do_all_that_the_one_below_may() -> None:
    for below, above in itertools.pairwise(_LADDER):
        assert permissions_of(below) < permissions_of(above)
    assert permissions_of(Role.OWNER) == frozenset(_DECLARED)
    assert permissions_of("nobody") == frozenset()


def test_a_viewer_reads_gives_feedback_and_does_nothing_else() -> None:
    reads = {name for name in _DECLARED if name.endswith(":read")}

    managers = {"audit:read", "budgets:read", "events:read", "usage:read", "webhooks:read"}
    assert permissions_of(Role.VIEWER) == (reads - managers) | {"runs:feedback", "notifications:own"}


def test_what_each_role_adds_to_the_one_below() -> None:
    manager = permissions_of(Role.AGENT_MANAGER) - permissions_of(Role.VIEWER)
    admin = permissions_of(Role.ADMIN) - permissions_of(Role.AGENT_MANAGER)
    owner = permissions_of(Role.OWNER) - permissions_of(Role.ADMIN)

    assert manager >= {"agents:write", "tools:write", "runs:write", "conversations:write", "approvals:decide"} & {*_DECLARED}
    assert admin >= {"members:write", "api_keys:write", "models:write", "organization:write", "audit:read"}
    assert owner == {"organization:delete"}


def test_a_permission_is_declared_once_and_named_by_noun_and_verb() -> None:
    names = [name for feature in FEATURES for name in feature.permissions]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*:[a-z]+", name) for name in names)


@given(scopes=st.lists(st.sampled_from([*_DECLARED, "unknown:read"])), role=st.sampled_from(_LADDER))
def test_a_key_may_never_do_more_than_its_scopes_or_its_creators_role(scopes: list[str], role: Role) -> None:
    may = effective(scopes, permissions_of(role))

    assert may <= frozenset(scopes)
    assert may <= permissions_of(role)
    for lower in _LADDER[: _LADDER.index(role)]:
        assert effective(scopes, permissions_of(lower)) <= may
