"""Percentiles of histograms that are merged. Pure.

The bins are those of ``tenant.metric_bin``: a value is at most 1 % from the middle of its bin.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final, TypeAlias

from retinue.core.db.arrays import integers
from retinue.metrics.types import Rolled

_WIDTH: Final = 1.02
_MIDDLE: Final = 5000

Histogram: TypeAlias = tuple[Sequence[int], Sequence[int]]
"""Bins in their order, and how many points are in each."""
Parts: TypeAlias = tuple[Rolled, bytes, bytes]
"""A bucket with the histograms of its parts: their bins and their numbers, as ``core.db.arrays`` reads them."""


def with_quantile(parts: Sequence[Parts], quantile: float) -> list[Rolled]:
    """Return buckets with the percentile of their parts."""
    found: list[Rolled] = []
    for each, bins, numbers in parts:
        histograms = list(zip(integers(bins, "i"), integers(numbers, "q"), strict=True))
        value = value_of_bin(quantile_of(histograms, quantile))
        found.append(replace(each, quantile=min(max(value, float(each.min)), float(each.max))))
    return found


def quantile_of(histograms: Sequence[Histogram], quantile: float) -> int:
    """Return the first bin up to which more points lie than below a quantile of all points.

    It is searched for by halves: adding the histograms up would take several times as long.
    """
    sums = [(bins, list(accumulate(counts))) for bins, counts in histograms]
    below = quantile * (sum(upto[-1] for _, upto in sums) - 1)
    # No part has more points below the quantile of its own than belong there, so all together have not either.
    low = min(bins[bisect_right(upto, quantile * (upto[-1] - 1))] for bins, upto in sums)
    high = max(bins[-1] for bins, _ in sums)
    while low < high:
        middle = (low + high) // 2
        number = 0
        for bins, upto in sums:
            place = bisect_right(bins, middle)
            if place:
                number += upto[place - 1]
        if number > below:
            high = middle
        else:
            low = middle + 1
    return low


def value_of_bin(number: int) -> float:
    """Return the value that stands for a bin."""
    if number == 0:
        return 0.0
    return (1 if number > 0 else -1) * _WIDTH ** (abs(number) - _MIDDLE) * 2 / (1 + _WIDTH)
