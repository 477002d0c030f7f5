"""What pictures need that may not be installed."""

from __future__ import annotations


class PlotsMissing(RuntimeError):
    """Plotly is not installed; the message says how to get it."""
