"""How many rows one transaction of a deletion deletes, and how long it rests afterwards."""

FIRST_BATCH = 100
"""Rows of a table of which nothing is known yet; ``tenant.erase_rows`` begins each table with at most as many."""
REST = 0.5
"""Pause after a batch, as a share of its time: what a deletion leaves of the disk and the processors to others."""
MOST_ROWS = 10_000
"""What no transaction exceeds, however fast it is, rows that go with a row included."""
_LEAST = 5
_LONG_SECONDS, _SHORT_SECONDS = 0.4, 0.15


def next_batch(most: int, seconds: float) -> int:
    """Return how many rows to delete next, when deleting up to ``most`` took so long: a transaction stays below a second."""
    if seconds > _LONG_SECONDS:
        return max(_LEAST, most // 2)
    return min(MOST_ROWS, most * 2) if seconds < _SHORT_SECONDS else most
