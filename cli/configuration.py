"""What need not be typed again: options that files and the environment give.

A flag wins over the environment (`DISCOVER_SLOTS`), that over `discover.toml` in the working
directory, that over the user's own `config.toml`, that over what is built in.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from ..harmless import shown
from .border import UserError, regular_file_text
from .kinds import Kind, kinds
from .text import near

LOCAL = Path("discover.toml")
MOST_BYTES = 100_000
"""Of a file of settings."""
MODELS = "models"
"""The table of a file that says how language models are called."""
PATHS = frozenset({"db", "log", "stop-file", "tasks"})
TRUSTED = frozenset({"min-isolation", "api_base", "prices"})
"""What only the user's own file may set: a working directory may be anybody's work."""
MODEL_FLAGS = frozenset(
    {"model", "planner-model", "coder-model", "critic-model", "task-model", "api-base"}
)
"""Options whose place in a file is the table MODELS."""
FLAGS_ONLY = frozenset({"help", "json", "record", "replies", "start", "unsafe-no-sandbox"})

Applies = Callable[[str], bool]
"""Whether an option, named as a flag, is taken from the configuration."""


@dataclass(frozen=True)
class Setting:
    """A value, and the file that it comes from."""

    value: Any
    source: Path


@dataclass(frozen=True)
class Configuration:
    """What the files say: `options` by their names as flags, `models` as the agents name them."""

    options: Mapping[str, Setting] = field(default_factory=dict)
    models: Mapping[str, Setting] = field(default_factory=dict)

    def defaults_of(self, command: Any, applies: Applies) -> MutableMapping[str, Any]:
        """Defaults for `command`, by its parameters' names, and for each command below it."""
        found: MutableMapping[str, Any] = {}
        for parameter in command.params:
            setting = self.options.get(flag_of(parameter))
            if setting is not None and applies(flag_of(parameter)):
                found[parameter.name] = setting.value
        for name, below in getattr(command, "commands", {}).items():
            found[name] = self.defaults_of(below, applies)
        return found


def user_file() -> Path:
    """The user's own file, in the folder where this system keeps configuration."""
    return Path(typer.get_app_dir("discover")) / "config.toml"


def flag_of(parameter: Any) -> str:
    """The name of an option as a flag, without dashes in front; "" for an argument."""
    longest = max(parameter.opts, key=len)
    return longest.removeprefix("--") if longest.startswith("--") else ""


def variable(flag: str) -> str:
    """The environment variable that gives an option."""
    return f"DISCOVER_{flag.upper().replace('-', '_')}"


def configurable(parameters: Collection[Any], search: Callable[..., Any]) -> dict[str, Kind]:
    """Which of the options of the command `search` a file may give, the models' left out."""
    flags = {flag_of(parameter): parameter.name for parameter in parameters}
    taken = kinds(search)
    return {
        flag: taken[name]
        for flag, name in flags.items()
        if flag and flag not in FLAGS_ONLY | MODEL_FLAGS
    }


def applying(command: str) -> Applies:
    """Which options reach the command of that name: elsewhere they may mean another thing."""
    if command == "run":
        return lambda flag: flag not in FLAGS_ONLY
    if command in ("evaluate", "verify"):
        return lambda flag: flag in {"domain", "db", "slots", "min-isolation"}
    if command == "resume":
        # What a campaign was begun with stays, unless a flag says otherwise.
        return lambda flag: flag in {"db", "log", "target", "patience", "stop-file"}
    return lambda flag: flag == "db"


def bind_environment(command: Any, search: Any, applies: Applies) -> None:
    """Let the environment give to `command` what it gives to a search, where that applies."""
    flags = {flag_of(parameter) for parameter in search.params}
    for parameter in command.params:
        flag = flag_of(parameter)
        if flag in flags and applies(flag) and parameter.envvar is None:
            parameter.envvar = variable(flag)
            parameter.show_envvar = False
    for below in getattr(command, "commands", {}).values():
        bind_environment(below, search, applies)


def read_configuration(known: Mapping[str, Kind]) -> Configuration:
    """Read both files; `known` are the options that may be given, and what they take.

    Raises UserError for a file that cannot be read, for a key that means nothing, and for a
    value of another kind.
    """
    options: dict[str, Setting] = {}
    models: dict[str, Setting] = {}
    for path in (user_file(), LOCAL):
        table = _load(path)
        for key, value in _pairs(table.pop(MODELS, {}), path, _model_keys):
            _check_model(path, key, value)
            models[key] = Setting(value, path)
        for flag, value in _pairs(table, path, lambda: known):
            if not known[flag].takes(value):
                raise UserError(f"{path}: {flag}: expected {known[flag].named}, got {shown(value)}")
            options[flag] = Setting(value, path)
    return Configuration(options, models)


def _load(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    text = regular_file_text(path, "settings", most=MOST_BYTES)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not TOML: {error}") from error


def _pairs(
    table: Any, path: Path, keys: Callable[[], Collection[str]]
) -> Iterator[tuple[str, Any]]:
    """What `table` holds, every key known and every value allowed to come from `path`."""
    if not isinstance(table, dict):
        raise UserError(f"{path}: {MODELS} is a table, as in [{MODELS}]")
    known = keys() if table else ()
    for key, value in table.items():
        same = next((name for name in known if _alike(name) == _alike(key)), None)
        if same is None:
            where = f"[{MODELS}]" if keys is _model_keys else "the top"
            hint = near(key, known) or f"; there are {', '.join(sorted(known))}"
            raise UserError(f"{path}: nothing at {where} is called {shown(key)}{hint}")
        if path == LOCAL:
            _check_local(same, value)
        yield same, value


def _alike(key: str) -> str:
    return key.replace("-", "_")


def _model_keys() -> Collection[str]:
    from ..agents.llm.settings import KEYS

    return KEYS


def _check_model(path: Path, key: str, value: Any) -> None:
    """Raises UserError for a value that no model setting takes, named by its file."""
    from ..agents.llm.errors import ConfigurationError
    from ..agents.llm.settings import Settings

    try:
        Settings.read({"model": "any/model", key: value})
    except ConfigurationError as error:
        raise UserError(f"{path}: [{MODELS}]: {error}") from error


def _within_folder(path: Path) -> bool:
    """Whether a path stays within the working directory, whatever links lie on the way."""
    try:
        there = path.resolve()
    except (OSError, RuntimeError, ValueError):  # a circle of links, a null byte
        return False
    return not path.is_absolute() and there.is_relative_to(Path.cwd().resolve())


def _check_local(key: str, value: Any) -> None:
    """Raises UserError for what a folder, which anybody may have filled, must not decide."""
    elsewhere = f"set it in {user_file()}"
    if key.replace("_", "-") in MODEL_FLAGS or key not in _model_keys():
        elsewhere += f", by {variable(key)} or by a flag"
    if key in TRUSTED:
        raise UserError(f"{LOCAL} must not set {key}: {elsewhere}")
    if "://" in str(value):
        raise UserError(f"{LOCAL}: {key} must not name an address: {elsewhere}")
    if key in PATHS and not _within_folder(Path(str(value))):
        raise UserError(f"{LOCAL}: {key} = {shown(str(value))} leaves the folder: {elsewhere}")
    if key == "domain" and (str(value).endswith((".py", ".yaml", ".yml")) or os.sep in str(value)):
        raise UserError(f"{LOCAL} must not name a file as the domain: {elsewhere}")
