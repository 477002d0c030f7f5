"""Predicted against measured scores, and how well the spreads cover, as one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from ...memory.predictions import Judged
from ...value_model.calibration import LEVELS, Coverage
from ..campaign.expectations import MODEL, PROMOTED
from ..plots import PlotsMissing


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
        means = [j.prediction.mean for j in known]
        spreads = [j.prediction.spread for j in known]
        scores = [j.score or 0.0 for j in known]
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


def _by_tier(campaigns: Mapping[str, Sequence[Judged]]) -> Iterator[tuple[str, list[Judged]]]:
    """What the model predicted and was measured, by campaign and tier: scores of two tiers do not
    compare. The tier of the proposals is not named."""
    for name, judged in campaigns.items():
        known = [j for j in judged if j.score is not None]
        proposed = [j for j in known if j.prediction.model == MODEL]
        if proposed:
            yield name, proposed
        dear = [j for j in known if j.prediction.model == PROMOTED]
        for tier in dict.fromkeys(j.prediction.tier for j in dear):
            yield f"{name} at {tier}", [j for j in dear if j.prediction.tier == tier]
