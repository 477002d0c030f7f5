"""What is worth running: features, ensemble, calibration, screening."""

from .contract import Prediction, Predictor, Sample

__all__ = ["Prediction", "Predictor", "Sample"]
