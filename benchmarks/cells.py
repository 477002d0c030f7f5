"""Cells of NAS-Bench-201 as a domain for campaigns: real accuracies at the cost of a look-up."""

from pathlib import Path

from discover.evaluators.tabular import TabularDomain

SPEC = Path(__file__).parents[1] / "examples" / "tables" / "nasbench201-cifar100.yaml"


def domain() -> TabularDomain:
    """The table's domain; raises TableMissing where DISCOVER_TABLES names no folder with it."""
    return TabularDomain.load(SPEC)
