"""`discover domains`: what can be searched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from . import options

if TYPE_CHECKING:
    from ..evaluators.domain import Domain, Objective

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def domains(as_json: options.Json = False) -> None:
    """List the installed domains; a .py file or .yaml spec of your own is one more."""
    from ..evaluators.registry import domain_names, load_domain

    rows = [_row(name, load_domain(name)) for name in domain_names()]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(f"{row['name']}: {row['objective']} ({row['direction']})")
        print(f"  tiers       {', '.join(_tier(name, row['decides']) for name in row['tiers'])}")
        print(f"  references  {', '.join(row['references'])}")
        if row["missing"]:
            print(f"  needs       {row['missing']}")
    print("A Python file is a domain too: discover --domain path/to/file.py --budget 10m")
    print("So is the spec of a table: discover --domain path/to/table.yaml --budget 50evals")


def _tier(name: str, decides: dict[str, dict[str, str]]) -> str:
    """A tier, with the metric by which it decides who goes on, where that is not the score."""
    by = decides.get(name)
    return f"{name} (decides by {by['metric']}, {by['direction']})" if by else name


def _metric(metric: Objective) -> dict[str, str]:
    return {"metric": metric.name, "direction": metric.direction}


def _row(name: str, domain: Domain) -> dict[str, Any]:
    from ..evaluators.domain import Needing

    objective = domain.objectives[0]
    return {
        "name": name,
        "objective": objective.name,
        "direction": objective.direction,
        "unit": objective.unit,
        "tiers": [tier.name for tier in domain.tiers],
        "decides": {tier.name: _metric(by) for tier in domain.tiers if (by := tier.decides)},
        "references": list(domain.references),
        "missing": domain.missing if isinstance(domain, Needing) else "",
    }
