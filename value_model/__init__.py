"""What is worth running: features, ensemble, calibration, screening."""
