"""The versions of the compiler of workflows. A run keeps the one that it began with, which its plan names.

2: the only node of a map's body is carried out by the item's task, without a graph of its own.
"""

from typing import Final

FIRST: Final = 1
"""That of plans which name none."""
COMPILER: Final = 2
