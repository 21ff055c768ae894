"""Pure: how something grows with the number of links."""

from __future__ import annotations

from math import log
from statistics import linear_regression
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def fit_exponent(measured: Mapping[int, float]) -> float | None:
    """Returns the power of n that fits best, by least squares on logarithms; None where none can be told.

    1 is linear, 2 is quadratic; what is taken at the start, whatever n is, draws it down. It takes two sizes and values
    above 0.

    Args:
        measured: A value for each n.
    """
    if len(measured) < 2 or min(measured.values()) <= 0:
        return None
    sizes = sorted(measured)
    return linear_regression([log(n) for n in sizes], [log(measured[n]) for n in sizes]).slope


def difference(ours: Mapping[int, float], baseline: Mapping[int, float]) -> dict[int, float]:
    """Returns what is ours at each n: the difference, where both were measured."""
    return {n: ours[n] - baseline[n] for n in ours if n in baseline}
