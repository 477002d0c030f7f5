"""What is worth running: features, model, calibration, screening."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .contract import Prediction, Predictor, Sample, Surveyor
from .report import Report
from .screening import Choice, Screen

if TYPE_CHECKING:
    from .model import ValueModel

__all__ = [
    "Choice",
    "Prediction",
    "Predictor",
    "Report",
    "Sample",
    "Screen",
    "Surveyor",
    "ValueModel",
]

_LAZY = {"ValueModel": "model"}


def __getattr__(name: str) -> Any:
    """The model comes with numpy, so it is imported when it is asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
