"""Draws lines over the number of links, both axes logarithmic, as SVG that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT = 360, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 24, 30, 40
_LEGEND = 30
# Told apart by people who see few colours as well (Okabe and Ito).
COLOURS = {"ours": "#0072b2", "baseline": "#7f7f7f", "naive": "#d55e00", "tofu": "#009e73", "bare": "#cc79a7"}


@dataclass(frozen=True)
class Panel:
    """One diagram.

    Attributes:
        lines: For each contestant a value at each number of links; a value of 0 has no place and is left out.
    """

    title: str
    unit: str
    lines: Mapping[str, Mapping[int, float]]


def svg(panels: Sequence[Panel], names: Mapping[str, str]) -> str:
    """Returns panels side by side, two in a row, below one legend.

    Args:
        panels: What to draw.
        names: What the legend calls each line; one without any point is not in it.
    """
    drawn_names = {name for panel in panels for name, line in panel.lines.items() if any(line.values())}
    legend = _legend({name: text for name, text in names.items() if name in drawn_names})
    width = _WIDTH * min(2, len(panels))
    height = _LEGEND + _HEIGHT * ceil(len(panels) / 2)
    drawn = [
        f'<g transform="translate({_WIDTH * (number % 2)},{_LEGEND + _HEIGHT * (number // 2)})">{_panel(panel)}</g>'
        for number, panel in enumerate(panels)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{legend}\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _legend(names: Mapping[str, str]) -> str:
    parts, x = [], _LEFT
    for name, text in names.items():
        parts.append(
            f'<circle cx="{x}" cy="16" r="4" fill="{COLOURS[name]}"/><text x="{x + 8}" y="20">{escape(text)}</text>'
        )
        x += 32 + 7 * len(text)
    return "".join(parts)


def _panel(panel: Panel) -> str:
    points = {name: {n: value for n, value in line.items() if value > 0} for name, line in panel.lines.items()}
    sizes = sorted({n for line in points.values() for n in line})
    values = [value for line in points.values() for value in line.values()]
    title = f'<text x="{_LEFT}" y="18" font-weight="bold">{escape(panel.title)}</text>'
    if not values:
        return title
    lowest, highest = floor(log10(min(values))), max(ceil(log10(max(values))), floor(log10(min(values))) + 1)
    first, last = log10(sizes[0]), max(log10(sizes[-1]), log10(sizes[0]) + 1)

    def x(n: float) -> float:
        return round(_LEFT + (log10(n) - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (log10(value) - lowest) / (highest - lowest) * (_HEIGHT - _TOP - _BOTTOM), 1)

    unit = f" {panel.unit}" if panel.unit else ""
    parts = [title, f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 6}" fill="#555">links</text>']
    parts += [
        f'<path d="M{_LEFT} {y(10**power)}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{y(10**power) + 4}" text-anchor="end" fill="#555">{_power(power)}{unit}</text>'
        for power in range(lowest, highest + 1)
    ]
    parts += [f'<text x="{x(n)}" y="{_HEIGHT - 22}" text-anchor="middle" fill="#555">{n:,}</text>' for n in sizes]
    # Backwards: where lines are the same, this provider's is on top.
    for name, line in reversed(points.items()):
        if not line:
            continue
        path = " ".join(f"{x(n)},{y(value)}" for n, value in sorted(line.items()))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(n)}" cy="{y(value)}" r="3" fill="{COLOURS[name]}"/>' for n, value in line.items()]
    return "".join(parts)


def _power(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10**power:g}"
