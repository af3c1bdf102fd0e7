"""Operations of budgets. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack
from uuid import UUID

from retinue.client.resource import Resource, path
from retinue.client.types.budgets import BudgetPage, CreateBudget, UpdateBudget
from retinue.client.types.common import Budget, BudgetScope


class BudgetsApi(Resource):
    """Operations of budgets."""

    def list(
        self,
        *,
        scope: BudgetScope | None = None,
        subject_id: str | UUID | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> BudgetPage:
        """List the organization's budgets and what is used of them now, newest first."""
        return self._connection.json(
            "GET", "/budgets", query={"scope": scope, "subject_id": subject_id, "limit": limit, "cursor": cursor}
        )

    def iterate(
        self, *, scope: BudgetScope | None = None, subject_id: str | UUID | None = None, limit: int | None = None
    ) -> Iterator[Budget]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/budgets", query={"scope": scope, "subject_id": subject_id, "limit": limit})

    def create(self, **body: Unpack[CreateBudget]) -> Budget:
        """Create a budget. It limits model calls from now on; what was spent before does not count."""
        return self._connection.json("POST", "/budgets", body=body)

    def get(self, budget_id: str, /) -> Budget:
        """Return one budget and what is used of it now."""
        return self._connection.json("GET", path("budgets", budget_id))

    def update(self, budget_id: str, /, **body: Unpack[UpdateBudget]) -> Budget:
        """Change a budget. What was used in its period stays counted."""
        return self._connection.json("PATCH", path("budgets", budget_id), body=body)

    def delete(self, budget_id: str, /) -> None:
        """Delete a budget with what it has counted. Nothing is limited by it from then on."""
        self._connection.nothing("DELETE", path("budgets", budget_id))
