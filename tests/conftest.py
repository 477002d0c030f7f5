"""Where the tables of real architectures lie, which are not part of this project."""

import os
from pathlib import Path


def pytest_configure():
    """What is named stays; else they may lie beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "nas"
    if beside.is_dir():
        os.environ.setdefault("DISCOVER_TABLES", str(beside))
