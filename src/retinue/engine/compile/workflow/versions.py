"""The versions of the compiler of workflows. A run keeps the one that it began with, which its plan names.

2: the only node of a map's body is carried out by the item's task, without a graph of its own.
3: the end of a map is entered from a task beside the items, not from each of them: an item's only write is its result.
"""

from typing import Final

FIRST: Final = 1
"""That of plans which name none."""
DIRECT_ITEMS: Final = 2
SINGLE_WRITES: Final = 3
COMPILER: Final = 3
