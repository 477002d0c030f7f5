"""Predicted against measured scores, and how well the spreads cover, as one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from ...memory.predictions import Judged
from ...value_model.calibration import LEVELS, Coverage
from ..plots import PlotsMissing
from .hindsight import Figures, by_tier, known_figures


def draw(campaigns: Mapping[str, Sequence[Judged]], path: Path) -> None:
    """Write an HTML file: for each campaign its scored predictions with 90 % intervals,
    and its found against stated coverage. Names may be anyone's: they stay text."""
    try:
        from plotly.graph_objects import Scatter
        from plotly.subplots import make_subplots
    except ImportError:
        raise PlotsMissing("the plot needs plotly: pip install 'archdiscover[plots]'") from None

    titles = ("predicted against measured", "coverage of the intervals")
    figure = make_subplots(1, 2, subplot_titles=titles)
    stated = [0.0, *LEVELS, 1.0]
    figure.add_trace(
        Scatter(x=stated, y=stated, line={"dash": "dot"}, name="perfect coverage"), row=1, col=2
    )
    for name, known in _by_tier(campaigns):
        means, spreads, scores = zip(*known, strict=True)
        shown = {"name": escape(name), "legendgroup": escape(name)}
        bars = {"array": [1.645 * spread for spread in spreads], "thickness": 0.5}
        figure.add_trace(
            Scatter(x=scores, y=means, error_y=bars, mode="markers", **shown), row=1, col=1
        )
        found = Coverage.measure(scores, means, spreads).found
        figure.add_trace(
            Scatter(x=LEVELS, y=found, mode="lines+markers", showlegend=False, **shown),
            row=1,
            col=2,
        )
    figure.update_xaxes(title_text="measured", row=1, col=1)
    figure.update_yaxes(title_text="predicted, 90 % interval", row=1, col=1)
    figure.update_xaxes(title_text="stated", row=1, col=2)
    figure.update_yaxes(title_text="found", row=1, col=2)
    figure.write_html(path, include_plotlyjs=True)


def _by_tier(campaigns: Mapping[str, Sequence[Judged]]) -> Iterator[tuple[str, list[Figures]]]:
    """What was measured of the model's predictions, by campaign and tier. The tier of the
    proposals is not named."""
    for name, judged in campaigns.items():
        proposed, dear = by_tier(judged)
        tiers = {name: proposed} | {f"{name} at {tier}": each for tier, each in dear.items()}
        for title, predicted in tiers.items():
            if known := known_figures(predicted):
                yield title, known
