"""What is worth running: features, model, calibration, screening."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .contract import Prediction, Predictor, Sample, Surveyor, Tierwise
from .report import Report
from .screening import Choice, Screen

if TYPE_CHECKING:
    from .model import ValueModel
    from .tiers import Tiered

__all__ = [
    "Choice",
    "Prediction",
    "Predictor",
    "Report",
    "Sample",
    "Screen",
    "Surveyor",
    "Tiered",
    "Tierwise",
    "ValueModel",
]

_LAZY = {"Tiered": "tiers", "ValueModel": "model"}


def __getattr__(name: str) -> Any:
    """Models come with numpy, so they are imported when they are asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
