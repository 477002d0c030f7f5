"""`discover config`: what applies where nothing is typed."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import typer

from . import options
from .border import UserError
from .configuration import (
    LOCAL,
    MODEL_FLAGS,
    MODELS,
    Configuration,
    applying,
    bind_environment,
    configurable,
    flag_of,
    read_configuration,
    user_file,
    variable,
)
from .text import plain

DEFAULT = "default"

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def config() -> None:
    """Look at what applies where nothing is typed."""


@dataclass(frozen=True)
class Row:
    """One setting: its name in a file, its value, and where that comes from."""

    name: str
    value: Any
    source: str


@app.command()
def show(as_json: options.Json = False) -> None:
    """Show every setting, its value, and where that comes from.

    A flag wins over the environment, that over discover.toml in the working directory, that
    over your own file, that over the default.
    """
    from . import run

    search = typer.main.get_command(run.app)
    known = configurable(search.params, run.run)
    rows = list(_rows(search.params, known, read_configuration(known)))
    _check_environment(search)
    for row in rows:
        _check(row)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2, default=str))
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        value = "-" if row.value is None else plain(row.value, 60)
        print(f"{row.name:<{width}}  {value:<20}  {plain(row.source)}")
    for path in (LOCAL, user_file()):
        print(f"{path}: {'read' if path.exists() else 'not there'}")


def _check_environment(search: Any) -> None:
    """Raises what the search itself raises for a value of the environment that it cannot read."""
    bind_environment(search, search, applying("run"))
    required = (flag_of(parameter) for parameter in search.params if parameter.required)
    search.make_context("discover", [text for flag in required for text in (f"--{flag}", "-")])


def _check(row: Row) -> None:
    """Raises UserError for a value that a search would refuse, named by what gave it."""
    # A default is none of those; and what strategies there are takes long to load.
    fault = None if row.source == DEFAULT else _fault(row.name, row.value)
    if fault is not None:
        raise UserError(f"{row.source}: {fault}")


def _fault(name: str, value: Any) -> str | None:
    """What a search says to this value of that option, or None."""
    from ..search.limits.budget import Budget, BudgetError
    from ..search.limits.stop import target_fault
    from ..search.setup.settings import seed_fault
    from .run import strategy_fault

    if name == "budget":
        try:
            Budget.parse(str(value))
        except BudgetError as error:
            return str(error)
    if name == "seed":
        return seed_fault(int(value))
    if name == "target":
        return target_fault(float(value))
    return strategy_fault(str(value)) if name == "strategy" else None


def _rows(parameters: list[Any], known: Collection[str], files: Configuration) -> Iterator[Row]:
    for parameter in parameters:
        flag = flag_of(parameter)
        if flag in known:
            yield _row(flag, flag, files.options.get(flag), parameter.default)
    for flag in sorted(MODEL_FLAGS):
        key = flag.replace("-", "_")
        yield _row(f"{MODELS}.{key}", flag, files.models.get(key), None)
    for key in sorted(files.models.keys() - {flag.replace("-", "_") for flag in MODEL_FLAGS}):
        yield Row(f"{MODELS}.{key}", files.models[key].value, str(files.models[key].source))


def _row(name: str, flag: str, setting: Any, default: Any) -> Row:
    if os.environ.get(variable(flag)):
        return Row(name, os.environ[variable(flag)], f"environment, {variable(flag)}")
    if setting is not None:
        return Row(name, setting.value, str(setting.source))
    return Row(name, default, DEFAULT)
