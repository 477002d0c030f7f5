"""How a row of a table writes an architecture down: digits, columns, graphs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..harmless import shown
from .blueprint import Blueprint, Value, make

Genome = tuple[str, ...]
"""An architecture as a flat tuple of codes, one for each position."""
GRAPH_EXAMPLE = '{"a": {"op": "add", "input": ["x", "h"]}}'
NODE_FIELDS = ("op", "input")
PERCENT_CODES = {ord(character): f"%{ord(character):02X}" for character in "%=,()"}
"""How a node's name is written in a genome, where these part it from what else is there."""


class Encoding(Protocol):
    """Reads cells into genomes, and turns genomes into blueprints and back."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns that hold an architecture."""
        ...

    def read(self, cells: Mapping[str, str]) -> Genome:
        """The genome in a row's cells; raises ValueError naming the column and the cell."""
        ...

    def identity(self, genome: Genome) -> Genome:
        """What genomes of the same architecture have in common."""
        ...

    def names(self, length: int) -> Sequence[str]:
        """What the positions of a genome of this length are called."""
        ...

    def blueprint(self, genome: Genome) -> Blueprint: ...

    def genome(self, blueprint: Blueprint) -> Genome:
        """The inverse of `blueprint`; raises ValueError or KeyError for another's."""
        ...


@dataclass(frozen=True)
class Codes:
    """The codes that a cell may hold, with their readable names.

    An empty `names` takes any code as its own name. `ordered` codes are numbers.
    """

    names: Mapping[str, str]
    ordered: bool = False

    def read(self, code: str, where: str) -> str:
        if self.names and code not in self.names:
            known = ", ".join(self.names)
            raise ValueError(
                f"{where}: code {shown(code)} is out of range; expected one of {known}"
            )
        name = self.names.get(code, code)
        if not self.ordered:
            return name
        try:
            number = float(name)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or "_" in name:
            raise ValueError(f"{where}: ordered code {shown(name)} is not a finite number")
        return _text(number)

    def value(self, code: str) -> Value:
        return float(code) if self.ordered else code


@dataclass(frozen=True)
class Digits:
    """A string of codes in one column, of fixed or variable length.

    `separator` is "" where each character is a code. `edges`, where given, says which
    junctions (source, target) each position joins.
    """

    column: str
    codes: Codes
    separator: str = ""
    length: int | None = None
    edges: tuple[tuple[int, int], ...] = ()

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def read(self, cells: Mapping[str, str]) -> Genome:
        text = cells[self.column]
        parts = _split(text, self.separator)
        if self.length is not None and len(parts) != self.length:
            raise ValueError(
                f"column {shown(self.column)}: {shown(text)} has {len(parts)} codes, "
                f"expected {self.length}"
            )
        return tuple(self.codes.read(part, f"column {shown(self.column)}") for part in parts)

    def identity(self, genome: Genome) -> Genome:
        return genome

    def names(self, length: int) -> Sequence[str]:
        return [f"{b}<-{a}" for a, b in self.edges] or [str(i) for i in range(length)]

    def blueprint(self, genome: Genome) -> Blueprint:
        values = [self.codes.value(code) for code in genome]
        if self.edges:
            children = [
                make("edge", source=a, target=b, code=code)
                for (a, b), code in zip(self.edges, values, strict=True)
            ]
        else:
            children = [make("slot", name=str(i), code=code) for i, code in enumerate(values)]
        return make("architecture", *children)

    def genome(self, blueprint: Blueprint) -> Genome:
        return tuple(_text(child["code"]) for child in blueprint.children)


@dataclass(frozen=True)
class Columns:
    """One code a column."""

    codes: Mapping[str, Codes]

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self.codes)

    def read(self, cells: Mapping[str, str]) -> Genome:
        return tuple(
            codes.read(cells[name], f"column {shown(name)}") for name, codes in self.codes.items()
        )

    def identity(self, genome: Genome) -> Genome:
        return genome

    def names(self, length: int) -> Sequence[str]:
        return tuple(self.codes)

    def blueprint(self, genome: Genome) -> Blueprint:
        return make(
            "architecture",
            *(
                make("slot", name=name, code=codes.value(code))
                for (name, codes), code in zip(self.codes.items(), genome, strict=True)
            ),
        )

    def genome(self, blueprint: Blueprint) -> Genome:
        return tuple(_text(child["code"]) for child in blueprint.children)


@dataclass(frozen=True)
class ParentGraph:
    """Nodes 1..n in order: a column of their inputs and a column of their operations.

    A node's inputs are node numbers, 0 the input of the whole, separated by commas where
    `separator` parts the nodes; without a separator each node has one digit.
    A genome holds the n inputs, then the n operations.
    """

    parents: str
    operations: str
    codes: Codes
    separator: str = ""

    @property
    def columns(self) -> Sequence[str]:
        return (self.parents, self.operations)

    def read(self, cells: Mapping[str, str]) -> Genome:
        inputs = _split(cells[self.parents], self.separator)
        operations = _split(cells[self.operations], self.separator)
        if len(inputs) != len(operations):
            raise ValueError(
                f"columns {shown(self.parents)} and {shown(self.operations)}: "
                f"{len(inputs)} nodes against {len(operations)} operations"
            )
        for position, text in enumerate(inputs, start=1):
            self._check_inputs(text, position)
        where = f"column {shown(self.operations)}"
        return (*inputs, *(self.codes.read(code, where) for code in operations))

    def _check_inputs(self, text: str, position: int) -> None:
        for parent in text.split(","):
            if parent not in map(str, range(position)):
                raise ValueError(
                    f"column {shown(self.parents)}: node {position} cannot read from "
                    f"{shown(parent)}; expected a number below {position}"
                )

    def identity(self, genome: Genome) -> Genome:
        return genome

    def names(self, length: int) -> Sequence[str]:
        count = length // 2
        return [f"{kind}.{i + 1}" for kind in ("parents", "operations") for i in range(count)]

    def blueprint(self, genome: Genome) -> Blueprint:
        count = len(genome) // 2
        return make(
            "architecture",
            *(
                make("node", code=self.codes.value(operation), inputs=inputs)
                for inputs, operation in zip(genome[:count], genome[count:], strict=True)
            ),
        )

    def genome(self, blueprint: Blueprint) -> Genome:
        inputs = [_text(child["inputs"]) for child in blueprint.children]
        return (*inputs, *(_text(child["code"]) for child in blueprint.children))


@dataclass(frozen=True)
class OperationGraph:
    """A JSON object in one column: name -> {"op": ..., "input": [names]}.

    A name that is read but not defined is an input. A genome holds the nodes as
    `name=op(inputs)`, in the order in which the cell lists them; characters of a name that
    part it from the rest stand there, and in the blueprint, as percent codes.
    """

    column: str
    codes: Codes

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def read(self, cells: Mapping[str, str]) -> Genome:
        where = f"column {shown(self.column)}"
        try:
            nodes = _json_object(cells[self.column])
        except ValueError as error:
            raise ValueError(
                f"{where}: not an operation graph such as {GRAPH_EXAMPLE}: {error}"
            ) from None
        return tuple(self._part(name, node, where) for name, node in nodes.items())

    def _part(self, name: str, node: object, where: str) -> str:
        op, inputs = _node_fields(name, node, where)
        if not isinstance(op, str):
            raise ValueError(f"{where}: op of {shown(name)}: expected a name, got {shown(op)}")
        if not isinstance(inputs, list) or not all(i and isinstance(i, str) for i in inputs):
            raise ValueError(
                f"{where}: input of {shown(name)}: expected a list of names, got {shown(inputs)}"
            )
        read = ",".join(_percent_coded(i) for i in inputs)
        return f"{_percent_coded(name)}={self.codes.read(op, where)}({read})"

    def identity(self, genome: Genome) -> Genome:
        """Nodes are told apart by their names: their order says nothing."""
        return tuple(sorted(genome))

    def names(self, length: int) -> Sequence[str]:
        return [str(i) for i in range(length)]

    def blueprint(self, genome: Genome) -> Blueprint:
        children = []
        for part in genome:
            name, _, rest = part.partition("=")
            op, _, inputs = rest.rpartition("(")  # an operation may be called conv(3x3)
            children.append(make("node", name=name, code=op, inputs=inputs.removesuffix(")")))
        return make("architecture", *children)

    def genome(self, blueprint: Blueprint) -> Genome:
        return tuple(
            f"{child['name']}={child['code']}({child['inputs']})" for child in blueprint.children
        )


def _split(text: str, separator: str) -> Sequence[str]:
    return text.split(separator) if separator else tuple(text)


def _json_object(text: str) -> Mapping[str, object]:
    """The object in a cell, whole numbers as they stand; raises ValueError saying what is amiss."""
    try:
        value = json.loads(text, parse_int=str, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON from character {error.pos + 1} on") from None
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"got {shown(text)}")
    return value


def _without_repeats(pairs: Sequence[tuple[str, object]]) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {shown(key)} is there twice")
        found[key] = value
    return found


def _node_fields(name: str, node: object, where: str) -> Sequence[object]:
    """What `NODE_FIELDS` hold; raises ValueError where there are others."""
    fields = node if isinstance(node, dict) else {}
    others = [field for field in fields if field not in NODE_FIELDS]
    if others:
        raise ValueError(
            f"{where}: node {shown(name)} has a field {shown(others[0])}; "
            "expected op and input alone"
        )
    missing = [field for field in NODE_FIELDS if field not in fields]
    if missing:
        raise ValueError(f"{where}: {missing[0]} of {shown(name)} is missing, got {shown(node)}")
    return [fields[field] for field in NODE_FIELDS]


def _percent_coded(name: str) -> str:
    return name.translate(PERCENT_CODES)


def _text(value: Value) -> str:
    """A code as it stands in a genome: numbers to the last digit, whole ones without a point."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
