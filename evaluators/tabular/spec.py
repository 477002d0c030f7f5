"""The spec file of a table: what its columns mean. docs/search.md describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from yaml.constructor import ConstructorError

from ...harmless import shown
from ...space import Direction, Level
from ...space.encodings import Codes, Columns, Digits, Encoding, OperationGraph, ParentGraph
from ...space.moves import Move, Nearest, Redraw, Replace, Resize, Swap
from ..domain import DomainError
from ..misfit import misfit
from .move_specs import MoveSpec
from .strict import Strict


class SpecError(DomainError):
    """A spec file that cannot be used; the message is one line for the user."""


Edges = tuple[tuple[int, int], ...]
CodeNames = dict[str, str]
LAST_EPOCH = 10**15
"""Whole numbers up to it are exact as floats, as curves have them."""


def _named(value: Any) -> Any:
    """A list of codes names each code by itself."""
    if not isinstance(value, list):
        return value
    return {code: code for code in _once(map(str, value))}


def _once(names: Iterable[str]) -> tuple[str, ...]:
    """`names`; raises ValueError where one is there twice."""
    found = tuple(names)
    if len(set(found)) < len(found):
        raise ValueError("expected each once")
    return found


class _Coded(Strict):
    codes: CodeNames = Field(default_factory=dict)
    ordered: bool = False

    _names = field_validator("codes", mode="before")(_named)

    def read_codes(self) -> Codes:
        return Codes(self.codes, self.ordered)


class DigitsSpec(_Coded):
    kind: Literal["digits"]
    column: str
    separator: str = ""
    length: int | None = None
    edges: Edges = ()

    @field_validator("edges")
    @classmethod
    def _as_long(cls, edges: Edges, fields: ValidationInfo) -> Edges:
        length = fields.data.get("length")
        if edges and length not in (None, len(edges)):
            raise ValueError(f"expected as many as `length` says, {length}")
        return edges

    def encoding(self) -> Encoding:
        length = len(self.edges) or self.length
        return Digits(self.column, self.read_codes(), self.separator, length, self.edges)

    def moves(self) -> dict[Level, tuple[Move, ...]]:
        structure: tuple[Move, ...] = (Swap(),)
        if not (self.length or self.edges):
            structure += (Resize(),)
        return {Level.NODE: (Replace(),), Level.STRUCTURE: structure, Level.FRAMEWORK: (Redraw(),)}


class ColumnSpec(_Coded):
    pass


class ColumnsSpec(Strict):
    kind: Literal["columns"]
    columns: dict[str, ColumnSpec]

    @field_validator("columns", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if not value:
            raise ValueError("expected one column or more")
        if not isinstance(value, list):
            return value
        return {name: {} for name in _once(map(str, value))}

    def encoding(self) -> Encoding:
        return Columns({name: column.read_codes() for name, column in self.columns.items()})

    def moves(self) -> dict[Level, tuple[Move, ...]]:
        return {Level.NODE: (Replace(),), Level.STRUCTURE: (Swap(),), Level.FRAMEWORK: (Redraw(),)}


class ParentGraphSpec(_Coded):
    kind: Literal["graph"]
    parents: str
    operations: str
    separator: str = ""

    def encoding(self) -> Encoding:
        return ParentGraph(self.parents, self.operations, self.read_codes(), self.separator)

    def moves(self) -> dict[Level, tuple[Move, ...]]:
        return {
            Level.NODE: (Replace(("operations",)),),
            Level.STRUCTURE: (Replace(("parents",)), Swap(("operations",))),
            Level.FRAMEWORK: (Redraw((("parents",),)), Nearest(size="other")),
        }


class OperationGraphSpec(_Coded):
    kind: Literal["operation-graph"]
    column: str

    def encoding(self) -> Encoding:
        return OperationGraph(self.column, self.read_codes())

    def moves(self) -> dict[Level, tuple[Move, ...]]:
        return {
            Level.NODE: (Nearest(size="same"),),
            Level.STRUCTURE: (Nearest(size="other"),),
            Level.FRAMEWORK: (Redraw(),),
        }


class QuerySpec(Strict):
    column: str
    direction: Direction = Direction.MAX
    missing: Literal["error", "failed"] = "error"


class ConstraintSpec(Strict):
    """A cost that the score is traded off against: see evaluators/tradeoff.py."""

    column: str
    target: float = Field(gt=0)
    hard: bool = False


class Spec(Strict):
    """What a table's columns mean. `report`, `costs`, `free` and `fidelities` are columns.

    With a `constraint` on one of the costs, the score is what is queried traded off against it.
    `report` is averaged; `free` may be looked at before a query; `fidelities` are epochs,
    0 before any training.
    """

    name: str
    table: str
    encoding: Annotated[
        DigitsSpec | ColumnsSpec | ParentGraphSpec | OperationGraphSpec,
        Field(discriminator="kind"),
    ]
    query: QuerySpec
    levels: dict[Level, tuple[MoveSpec, ...]] = Field(default_factory=dict)
    report: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    constraint: ConstraintSpec | None = None
    free: tuple[str, ...] = ()
    fidelities: dict[Annotated[int, Field(ge=0, le=LAST_EPOCH)], str] = Field(default_factory=dict)
    duplicates: Literal["error", "mean"] = "error"

    @field_validator("query", "report", "costs", "free", "fidelities")
    @classmethod
    def _no_architecture(cls, value: Any, fields: ValidationInfo) -> Any:
        encoding = fields.data.get("encoding")
        figures = isinstance(encoding, ColumnsSpec) and fields.field_name in ("costs", "free")
        if encoding is None or figures:  # a width may well be a cost too
            return value
        taken = encoding.encoding().columns
        named = value.values() if isinstance(value, dict) else value
        columns = [value.column] if isinstance(value, QuerySpec) else named
        inside = [name for name in columns if name in taken]
        if inside:
            raise ValueError(f"column {shown(inside[0])} holds the architecture; expected others")
        return value

    @field_validator("report", "costs", "free")
    @classmethod
    def _repeats_nothing(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        return _once(columns)

    @field_validator("costs", "free")
    @classmethod
    def _no_query(cls, columns: tuple[str, ...], fields: ValidationInfo) -> tuple[str, ...]:
        query = fields.data.get("query")
        if query and query.column in columns:
            raise ValueError(f"column {shown(query.column)} is what is queried; expected others")
        return columns

    @field_validator("constraint")
    @classmethod
    def _constrainable(
        cls, constraint: ConstraintSpec | None, fields: ValidationInfo
    ) -> ConstraintSpec | None:
        query = fields.data.get("query")
        if constraint and constraint.column not in fields.data.get("costs", ()):
            raise ValueError(f"column {shown(constraint.column)} is no cost")
        if constraint and query and query.direction is Direction.MIN:
            raise ValueError("a constraint needs a query that is to be maximised")
        return constraint

    @property
    def score(self) -> str:
        """What the score is called."""
        limit = self.constraint
        query = self.query.column
        return query if limit is None else f"{query} at {limit.column} {limit.target:g}"

    def moves(self) -> Mapping[Level, tuple[Move, ...]]:
        """The moves of each level: those written down, or the encoding's usual ones."""
        if not self.levels:
            return self.encoding.moves()
        return {
            level: tuple(move.build() for move in moves) for level, moves in self.levels.items()
        }


class _Loader(yaml.SafeLoader):
    """Says where a key stands twice, or a value that looks like a number or a date and is none."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        keys: set[str] = set()
        for key in (key for key, _ in pairs if isinstance(key, yaml.ScalarNode)):
            if key.value in keys:
                problem = f"key {shown(key.value)} is there twice"
                raise ConstructorError(None, None, problem, key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError) as error:
            # Of the others, and behind a semicolon, PyYAML and Python talk to programmers.
            why = f": {error}".partition(";")[0] if isinstance(error, ValueError) else ""
            problem = f"{shown(node.value)} cannot be read{why}"
            raise ConstructorError(None, None, problem, node.start_mark) from None


def read_spec(path: Path) -> Spec:
    """Read a spec file; raises SpecError with one line that names the file and the field."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise SpecError(f"{path}: not YAML that can be read: it nests too deeply") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split()).replace('in "<unicode string>",', "at")
        raise SpecError(f"{path}: not YAML: {said}") from None
    if not isinstance(data, dict):
        raise SpecError(f"{path}: expected a mapping of fields, got {type(data).__name__}")
    try:
        return Spec.model_validate(data)
    except ValidationError as error:
        raise SpecError(f"{path}: field {misfit(error, Spec, 'spec')}") from None
