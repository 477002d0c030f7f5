"""The benchmark's tables in Markdown, for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from .methods import TREE
from .results import Run
from .statistics import (
    FEWEST_SEEDS,
    MEASURES,
    Comparison,
    Measure,
    budgets_of,
    compare,
    mean_table,
    tally,
)


def markdown(runs: Sequence[Run], ours: str = TREE) -> str:
    """Means with 95 % intervals, and ours against each other method, paired by seed."""
    seeds = sorted({run.seed for run in runs})
    lines = [
        f"{len(seeds)} seed{'s' * (len(seeds) != 1)}; ± is half the 95 % interval, "
        f"of which there is none below {FEWEST_SEEDS} seeds.",
        "",
    ]
    for measure in MEASURES:
        lines += [*_means(runs, measure), ""]
    lines += _comparisons(runs, ours)
    return "\n".join(lines) + "\n"


def _means(runs: Sequence[Run], measure: Measure) -> Iterator[str]:
    budgets = budgets_of(runs)
    yield f"### {measure.title}"
    yield ""
    yield "| table | method | " + " | ".join(f"@{b}" for b in budgets) + " |"
    yield "|---|---|" + "---|" * len(budgets)
    for (table, method), means in sorted(mean_table(runs, measure).items()):
        cells = (_cell(mean, half, measure.digits) for mean, half in means.values())
        yield f"| {table} | {method} | " + " | ".join(cells) + " |"


def _cell(mean: float, half: float | None, digits: int) -> str:
    if not isfinite(mean):
        return "-"
    return f"{mean:.{digits}f}" + ("" if half is None else f" ± {half:.{digits}f}")


def _comparisons(runs: Sequence[Run], ours: str) -> Iterator[str]:
    comparisons = compare(runs, ours)
    if not comparisons:
        return
    budgets = budgets_of(runs)
    yield f"### Regret of each method minus that of {ours}, paired by seed"
    yield ""
    yield f"Above zero {ours} is ahead; **bold** where the 95 % interval excludes zero."
    yield ""
    yield "| table | against | " + " | ".join(f"@{b}" for b in budgets) + " |"
    yield "|---|---|" + "---|" * len(budgets)
    for table, other in dict.fromkeys((c.table, c.other) for c in comparisons):
        these = (c for c in comparisons if (c.table, c.other) == (table, other))
        cells = [_difference(each) for each in these]
        yield f"| {table} | {other} | " + " | ".join(cells) + " |"
    yield from _tally(comparisons, budgets)


def _difference(each: Comparison) -> str:
    text = f"{each.difference:+.3f}"
    if each.interval is not None:
        low, high = each.interval
        text += f" [{low:+.3f}, {high:+.3f}]"
    return f"**{text}**" if each.verdict in ("ahead", "behind") else text


def _tally(comparisons: Sequence[Comparison], budgets: Sequence[int]) -> Iterator[str]:
    counts = tally(comparisons)
    if not counts:
        return
    yield ""
    yield "Tables on which it is ahead / even / behind:"
    yield ""
    yield "| against | " + " | ".join(f"@{b}" for b in budgets) + " |"
    yield "|---|" + "---|" * len(budgets)
    for other in dict.fromkeys(other for other, _ in counts):
        cells = [" / ".join(str(n) for n in counts[other, b].values()) for b in budgets]
        yield f"| {other} | " + " | ".join(cells) + " |"
