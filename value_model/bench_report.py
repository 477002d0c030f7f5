"""The benchmark's trials as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from .bench import FLOOR, OURS, Trial, average, cells, gain

PARTS = ("without ", "only ")


def markdown(trials: Sequence[Trial]) -> str:
    """Rank correlations, then what else the model is good for, then what each family is."""
    blocks = [correlations(trials), figures(trials), families(trials)]
    return "\n\n".join(block for block in blocks if block)


def correlations(trials: Sequence[Trial]) -> str:
    """Mean Kendall tau of each method, and the paired gain over boosted trees."""
    methods = [m for m in _methods(trials) if not m.startswith(PARTS)]
    rivals = [m for m in (FLOOR, f"{FLOOR}-ranks") if m in methods]
    lines = [
        _line(["table", "split", "rows", "seeds", *methods, *(f"gain on {r}" for r in rivals)]),
        _rule(4 + len(methods) + len(rivals)),
    ]
    for (table, split, size), group in cells(trials).items():
        seeds = str(len({trial.seed for trial in group}))
        taus = [_figure(average(group, method, "tau")) for method in methods]
        lines.append(
            _line([table, split, str(size), seeds, *taus, *(_gain(group, r) for r in rivals)])
        )
    return "Kendall tau\n\n" + "\n".join(lines)


def figures(trials: Sequence[Trial]) -> str:
    """What else is measured of the value model."""
    names = ("spearman", "recall", "regret", "coverage", "calibration", "cpu_s")
    lines = [_line(["table", "split", "rows", *names]), _rule(3 + len(names))]
    for (table, split, size), group in cells(trials).items():
        found = [_figure(average(group, OURS, name)) for name in names]
        lines.append(_line([table, split, str(size), *found]))
    return (
        "The value model: recall of the top tenth, regret of the best of its top ten (1 is the "
        "median), coverage of 90 % intervals, calibration error, CPU seconds\n\n" + "\n".join(lines)
    )


def families(trials: Sequence[Trial]) -> str:
    """The tau of each family alone, and what leaving it out costs; nothing if not measured."""
    names = [m.removeprefix("only ") for m in _methods(trials) if m.startswith("only ")]
    if not names:
        return ""
    keys = list(cells(trials))
    heads = [f"{table} {split} {size}" for table, split, size in keys]
    lines = [_line(["family", *heads]), _rule(1 + len(heads))]
    for name in names:
        entries = []
        for group in cells(trials).values():
            alone = average(group, f"only {name}", "tau")
            worth = gain(group, OURS, f"without {name}")
            entries.append(f"{_figure(alone)} ({_signed(worth.difference if worth else None)})")
        lines.append(_line([name, *entries]))
    return "Kendall tau of each family alone (and what is lost without it)\n\n" + "\n".join(lines)


def _methods(trials: Sequence[Trial]) -> list[str]:
    return list(dict.fromkeys(trial.method for trial in trials))


def _gain(group: Sequence[Trial], rival: str) -> str:
    found = gain(group, OURS, rival)
    if found is None:
        return "-"
    return f"{_signed(found.difference)} ({_signed(found.low)} to {_signed(found.high)})"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _line(entries: Sequence[str]) -> str:
    return "| " + " | ".join(entries) + " |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
