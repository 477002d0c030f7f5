"""The picture of predicted against measured scores shows what can be compared, and no more."""

from math import inf

import pytest

from discover.memory.predictions import Judged, StoredPrediction
from discover.search.campaign.expectations import MODEL, PRIOR, PROMOTED


def predicted(mean, spread, score, model=MODEL, tier="quick"):
    return Judged(StoredPrediction("c", "id", tier, model, mean, spread), score)


JUDGED = [
    predicted(1.125, 0.5, 1.25),
    predicted(2.125, 0.0, 2.25),
    predicted(3.125, inf, 3.25),
    predicted(inf, 0.5, 4.25),
    predicted(5.125, 0.5, None),
    predicted(6.125, 0.5, 6.25, PRIOR),
    predicted(7.125, 0.5, 7.25, PROMOTED, "dear"),
    predicted(8.125, 0.0, 8.25, PROMOTED, "other"),
]


def test_what_has_no_spread_no_score_or_no_finite_figure_is_left_out(tmp_path, monkeypatch):
    pytest.importorskip("plotly")
    from plotly.graph_objects import Figure

    from discover.search.report.hindsight_plot import draw

    drawn = {}
    monkeypatch.setattr(Figure, "write_html", lambda self, *_, **__: drawn.update(figure=self))
    draw({"toy": JUDGED, "nothing": JUDGED[1:6]}, tmp_path / "plot.html")
    points = [trace for trace in drawn["figure"].data if trace.mode == "markers"]
    assert [(trace.name, trace.x, trace.y) for trace in points] == [
        ("toy", (1.25,), (1.125,)),
        ("toy at dear", (7.25,), (7.125,)),
    ]
