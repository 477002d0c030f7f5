"""The ways to get JSON out of a language model, and how to read what comes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from .gbnf import gbnf

M = TypeVar("M", bound=BaseModel)

TOOL = "answer"
MOST_STARTS = 50
"""Opening braces at which an object is looked for in one reply."""


class Form(StrEnum):
    """How a back-end is told what JSON to write, the strictest first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    GRAMMAR = "grammar"
    TOOL = "tool"
    TEXT = "text"


def options(form: Form, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a request carries beside its messages."""
    if form is Form.JSON_SCHEMA:
        # Not "strict": there some hosts refuse the bounds on lengths and numbers.
        body = {"name": TOOL, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": body}}
    if form is Form.JSON_OBJECT:
        return {"response_format": {"type": "json_object", "schema": schema}}
    if form is Form.GRAMMAR:
        return {"extra_body": {"grammar": gbnf(schema)}}
    if form is Form.TOOL:
        function = {"name": TOOL, "description": "The answer.", "parameters": schema}
        return {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": TOOL}},
        }
    return {}


def read(text: str, model: type[M]) -> M:
    """The first JSON object in `text` that is a valid `model`.

    Prose and fences around it do not matter. Raises ValueError with one line.
    """
    fault = "the reply holds no JSON object"
    for found in _objects(text):
        try:
            return model.model_validate(found)
        except ValidationError as error:
            fault = _line(error)
    raise ValueError(fault)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(strict=False)  # models break lines inside strings
    position = text.find("{")
    for _ in range(MOST_STARTS):
        if position < 0:
            return
        try:
            found, end = decoder.raw_decode(text, position)
            yield found
        except (ValueError, RecursionError):
            end = position + 1
        position = text.find("{", end)


def _line(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_url=False, include_input=False)[:4]:
        where = ".".join(map(str, fault["loc"]))
        faults.append(f"{where}: {fault['msg']}" if where else fault["msg"])
    return "; ".join(faults)
