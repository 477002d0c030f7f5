"""The benchmark as a picture: regret over queries, one panel a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..plots import PlotsMissing
from .results import Run
from .statistics import Array, band


def plot(runs: Sequence[Run], path: Path) -> None:
    """Write mean regret to an HTML file, with its 95 % band where there are seeds enough for one;
    raises PlotsMissing."""
    try:
        from plotly.colors import qualitative
        from plotly.subplots import make_subplots
    except ImportError:
        raise PlotsMissing("the plot needs plotly: pip install 'archdiscover[plots]'") from None
    tables = list(dict.fromkeys(run.table for run in runs))
    methods = list(dict.fromkeys(run.method for run in runs))
    columns = min(3, len(tables))
    rows = -(-len(tables) // columns)
    figure = make_subplots(rows, columns, subplot_titles=tables)
    for i, table in enumerate(tables):
        place = {"row": i // columns + 1, "col": i % columns + 1}
        for j, method in enumerate(methods):
            curves = [run.regret for run in runs if (run.table, run.method) == (table, method)]
            if curves:
                color = qualitative.Dark24[j % len(qualitative.Dark24)]
                for trace in _lines(np.array(curves), method, color, show=i == 0):
                    figure.add_trace(trace, **place)
        figure.update_xaxes(type="log", title_text="queries", **place)
        figure.update_yaxes(title_text="normalised regret", **place)
    figure.update_layout(height=380 * rows, title_text="Regret by (best - median), mean of seeds")
    figure.write_html(path, include_plotlyjs=True)


def _lines(curves: Array, name: str, color: str, *, show: bool) -> list[object]:
    from plotly.graph_objects import Scatter

    queries = list(range(1, curves.shape[1] + 1))
    line = Scatter(
        x=queries,
        y=list(curves.mean(axis=0)),
        name=name,
        line={"color": color},
        showlegend=show,
        legendgroup=name,
    )
    bounds = band(curves)
    if bounds is None:
        return [line]
    low, high = bounds
    edge = Scatter(
        x=queries + queries[::-1],
        y=[*high, *low[::-1]],
        fill="toself",
        fillcolor=color,
        opacity=0.12,
        line={"width": 0},
        showlegend=False,
        hoverinfo="skip",
        legendgroup=name,
    )
    return [edge, line]
