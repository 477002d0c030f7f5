"""What does not fit into a user's file of settings, in words: which field, what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ..harmless import cut, shown

KINDS = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "finite": "a finite number",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping of fields",
    "model": "a mapping of fields",
}
"""By how pydantic's names of errors begin."""
BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "string_too_short": "a text of length {min_length} or more",
    "string_too_long": "a text of length {max_length} or less",
}
DISCRIMINATORS = ("kind", "move")
"""The fields that say which form of a union is meant."""
QUOTED = re.compile("'([^']*)'")
SCALARS = frozenset({"str", "int", "float", "bool"})

Flaw = Mapping[str, Any]
"""An error as pydantic tells it."""


def misfit(error: ValidationError, model: type[BaseModel], whole: str) -> str:
    """The first thing in `error` that does not fit `model`, in one line; `whole` names the
    document, where it is no field of it."""
    flaws: list[Flaw] = [dict(flaw) for flaw in error.errors(include_url=False)]
    # A name that is nearly right explains why another is missing.
    typed = (
        flaw for flaw in flaws if _unknown(flaw) and _near(flaw["loc"][-1], _names(flaw, model))
    )
    flaw = next(typed, flaws[0])
    path, _ = _walked(flaw, model)
    where = ".".join(map(cut, path)) or whole
    if _unknown(flaw):
        names = _names(flaw, model)
        return f"{where}: there is no such field{_near(path[-1], names) or _listed(names)}"
    if flaw["type"] == "missing":
        return f"{where}: is missing"
    if flaw["type"] == "value_error":
        return f"{where}: {flaw['ctx']['error']}, got {shown(flaw['input'])}"
    return f"{where}{_mismatch([f for f in flaws if _walked(f, model)[0] == path])}"


def _unknown(flaw: Flaw) -> bool:
    return bool(flaw["type"] == "extra_forbidden")


def _mismatch(flaws: Sequence[Flaw]) -> str:
    """What one field should have been: a flaw for each form that it may have."""
    first, context = flaws[0], flaws[0].get("ctx", {})
    if first["type"].startswith("union_tag"):
        if not isinstance(first["input"], Mapping):
            return f": expected {KINDS['dict']}, got {shown(first['input'])}"
        key = context["discriminator"].strip("'")
        if first["type"] == "union_tag_not_found":
            return f".{key}: is missing"
        names = QUOTED.findall(context["expected_tags"])
        return f".{key}: expected {_or(names)}, got {_told(first['input'].get(key), names)}"
    names = QUOTED.findall(str(context.get("expected", "")))
    wanted = _or(dict.fromkeys(map(_expected, flaws)))
    return f": expected {wanted}, got {_told(first['input'], names)}"


def _expected(flaw: Flaw) -> str:
    context = flaw.get("ctx", {})
    if "expected" in context:
        return str(context["expected"]).replace("'", "")
    if flaw["type"] in BOUNDS:
        return BOUNDS[flaw["type"]].format(**context)
    begins = flaw["type"].partition("_")[0]
    return KINDS.get(begins) or f"another value ({flaw['msg'].lower()})"


def _walked(flaw: Flaw, model: type[BaseModel]) -> tuple[tuple[str, ...], list[type[BaseModel]]]:
    """The path to a flaw as the user wrote it, and the models that may hold its last field.

    Pydantic's own path also names the form of a union that it tried.
    """
    here: list[type[BaseModel]] = [model]
    path: list[str] = []
    holders = here
    for part in flaw["loc"]:
        tagged = [one for one in here if len(here) > 1 and part in _tags(one)]
        if tagged:
            here = holders = tagged
            continue
        if part == "[key]" or (part in SCALARS and not here):
            continue
        path.append(str(part))
        holders = here
        inner = [one.model_fields[part].annotation for one in here if part in one.model_fields]
        if inner:
            here = [found for annotation in inner for found in _models(annotation)]
    return tuple(path), holders


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field's annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    """The names of a form of a union, where `model` is one: it has a field that takes no others."""
    fields = (model.model_fields.get(name) for name in DISCRIMINATORS)
    return next((get_args(field.annotation) for field in fields if field is not None), ())


def _names(flaw: Flaw, model: type[BaseModel]) -> list[str]:
    return [name for one in _walked(flaw, model)[1] for name in one.model_fields]


def _near(name: object, known: Iterable[str]) -> str:
    found = get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _listed(names: Sequence[str]) -> str:
    return f"; there are {', '.join(names)}"


def _or(names: Iterable[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} or {last}" if before else last


def _told(value: object, names: Sequence[str]) -> str:
    """What came, and which of the names it is near to."""
    return shown(value) + (_near(value, names) if isinstance(value, str) else "")
