"""What budgets announce, as events of the outbox; the payload names the budget and the start of its period."""

from typing import Final

WARNING: Final = "budget.warning"
"""The part of a limit is settled from which on managers are notified; once a period."""
EXHAUSTED: Final = "budget.exhausted"
"""A call did not fit, also without the calls under way; once a period."""
