"""A table in memory: one genome and its figures for each row."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...harmless import shown
from ...space.encodings import Encoding, Genome
from ..domain import DomainError
from ..tradeoff import constrained
from .spec import Spec

TABLES_VARIABLE = "DISCOVER_TABLES"
LARGEST = 1e150
"""A figure's size at most: means and squares stay finite."""
FOR_FAILED = "; `missing: failed` in the spec's query takes it for a run that failed"
Figures = np.ndarray
"""Float64 figures of all rows, (rows,)."""


class TableError(DomainError):
    """A table that does not fit its spec; the message names the row and the column."""


class TableMissing(TableError):
    """The table's file is nowhere to be found."""


@dataclass(frozen=True)
class Table:
    """Rows of architectures. `scores` are higher-is-better, NaN where the run failed.

    They are the query's, traded off where the spec has a constraint. `report` is on the
    query's own scale, as are `costs` and `free`.
    """

    name: str
    encoding: Encoding
    genomes: Sequence[Genome]
    query: Figures
    scores: Figures
    report: Figures
    costs: Mapping[str, Figures]
    free: Mapping[str, Figures]
    fidelities: Mapping[int, Figures]

    def __len__(self) -> int:
        return len(self.genomes)


def tables_folder(spec: Path, argument: Path | None = None) -> Path:
    """Where tables lie: the argument, $DISCOVER_TABLES, or `tables` beside the file at `spec`."""
    named = argument or os.environ.get(TABLES_VARIABLE)
    return Path(named) if named else spec.parent / "tables"


def find_table(spec: Spec, folders: Sequence[Path]) -> Path:
    """The table of `spec` in the first folder that has it; raises TableMissing."""
    path = next(
        (folder / spec.table for folder in folders if (folder / spec.table).is_file()), None
    )
    if path is None:
        places = ", ".join(map(str, folders))
        raise TableMissing(f"{spec.name}: table {shown(spec.table)} is not in {places}")
    return path


def load_table(spec: Spec, folders: Sequence[Path]) -> Table:
    """Read the table of `spec` from the first folder that has it.

    Raises TableMissing, or TableError with one line that names the row and the column.
    """
    path = find_table(spec, folders)
    encoding = spec.encoding.encoding()
    cells = _columns(path, _wanted(spec, encoding))
    genomes = _genomes(path.name, encoding, cells)
    figures = {name: _figures(path.name, name, cells[name], spec) for name in _figure_columns(spec)}
    if not np.isfinite(figures[spec.query.column]).any():
        raise TableError(f"{path.name}, column {shown(spec.query.column)}: no row has a figure")
    rows = _merge(path.name, encoding, genomes, spec.duplicates == "mean")
    merged = {name: _mean_by_row(values, rows) for name, values in figures.items()}
    scores = _scores(spec, path.name, merged, [same[0] for same in rows.values()])
    return _table(spec, encoding, tuple(rows), merged, scores)


def _table(
    spec: Spec,
    encoding: Encoding,
    genomes: Sequence[Genome],
    figures: Mapping[str, Figures],
    scores: Figures,
) -> Table:
    report = spec.report or (spec.query.column,)
    return Table(
        name=spec.name,
        encoding=encoding,
        genomes=genomes,
        query=figures[spec.query.column],
        scores=scores,
        report=np.mean([figures[name] for name in report], axis=0),
        costs={name: figures[name] for name in spec.costs},
        free={name: figures[name] for name in spec.free},
        fidelities={epoch: figures[name] for epoch, name in sorted(spec.fidelities.items())},
    )


def _scores(spec: Spec, file: str, figures: Mapping[str, Figures], rows: Sequence[int]) -> Figures:
    """The query higher-is-better, traded off where the spec says so; `rows` are those of `file`."""
    query, limit = figures[spec.query.column], spec.constraint
    if limit is None:
        return spec.query.direction.sign * query
    scores = []
    for row, score, cost in zip(rows, query.tolist(), figures[limit.column].tolist(), strict=True):
        try:
            scores.append(constrained(score, cost, limit.target, hard=limit.hard))
        except ValueError as error:
            where = f"{file} row {row + 2}"
            columns = f"{shown(spec.query.column)} and {shown(limit.column)}"
            raise TableError(f"{where}: constraint on columns {columns}: {error}") from None
    return np.array(scores)


def _figure_columns(spec: Spec) -> Iterable[str]:
    named = (spec.query.column, *spec.report, *spec.costs, *spec.free, *spec.fidelities.values())
    return dict.fromkeys(named)


def _may_miss(spec: Spec, name: str) -> bool:
    """Where a run failed, what it would have measured is missing too."""
    measured = {spec.query.column, *spec.report, *spec.fidelities.values()}
    return name in measured and (spec.query.missing == "failed" or name != spec.query.column)


def _wanted(spec: Spec, encoding: Encoding) -> Sequence[str]:
    return list(dict.fromkeys([*encoding.columns, *_figure_columns(spec)]))


def table_text(path: Path) -> io.StringIO:
    """A table's file, unpacked where its name ends in .gz; raises TableError."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    return io.StringIO(text, newline="")


def _unreadable(path: Path, error: Exception) -> TableError:
    return TableError(f"{path.name}: cannot be read as CSV: {error}")


def _columns(path: Path, wanted: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The cells of the wanted columns, as text."""
    try:
        reader = csv.reader(table_text(path), strict=True)
        header = next(reader, [])
        if not header:
            raise TableError(f"{path.name}: expected names of columns in the first row, got none")
        missing = [name for name in wanted if name not in header]
        twice = [name for name in wanted if header.count(name) > 1]
        if missing:
            have = ", ".join(map(shown, header[:40])) + (", …" if len(header) > 40 else "")
            raise TableError(
                f"{path.name}: column {shown(missing[0])} is missing; the table has {have}"
            )
        if twice:
            raise TableError(f"{path.name}: expected one column {shown(twice[0])}, got several")
        places = [header.index(name) for name in wanted]
        rows: list[list[str]] = []
        for row in reader:
            if len(row) != len(header):
                where = f"{path.name} row {len(rows) + 2}"
                raise TableError(f"{where}: {len(row)} cells, the header has {len(header)}")
            rows.append([row[i] for i in places])
    except csv.Error as error:
        raise _unreadable(path, error) from None
    if not rows:
        raise TableError(f"{path.name}: no rows below the header")
    return dict(zip(wanted, map(list, zip(*rows, strict=True)), strict=True))


def _genomes(file: str, encoding: Encoding, cells: Mapping[str, Sequence[str]]) -> Sequence[Genome]:
    columns = [cells[name] for name in encoding.columns]
    genomes = []
    for row, values in enumerate(zip(*columns, strict=True), start=2):
        try:
            genomes.append(encoding.read(dict(zip(encoding.columns, values, strict=True))))
        except ValueError as error:
            raise TableError(f"{file} row {row}, {error}") from None
    return genomes


def _figures(file: str, name: str, cells: Sequence[str], spec: Spec) -> Figures:
    may_miss = _may_miss(spec, name)
    remedy = FOR_FAILED if name == spec.query.column else ""
    values = np.empty(len(cells))
    for i, cell in enumerate(cells):
        try:
            values[i] = _figure(cell)
        except ValueError as error:
            raise TableError(f"{_place(file, i, name)}: {error}, got {shown(cell)}") from None
        if math.isnan(values[i]) and not may_miss:
            where = _place(file, i, name)
            raise TableError(f"{where}: expected a finite number, got {shown(cell)}{remedy}")
    return values


def _place(file: str, i: int, name: str) -> str:
    return f"{file} row {i + 2}, column {shown(name)}"


def _figure(cell: str) -> float:
    """The number in a cell, NaN where it is none that is finite; raises ValueError."""
    try:
        value = float(cell) if cell.strip() else math.nan
    except ValueError:
        raise ValueError("expected a number") from None
    if "_" in cell:  # Python reads 1_0 as ten; whoever wrote the table may not have meant it
        raise ValueError("expected a number")
    if LARGEST < abs(value) < math.inf:
        raise ValueError(f"expected a number of at most {LARGEST:g} in size")
    return value if math.isfinite(value) else math.nan


def _merge(
    file: str, encoding: Encoding, genomes: Sequence[Genome], allowed: bool
) -> Mapping[Genome, Sequence[int]]:
    """The rows of each distinct genome, in order of first sight."""
    rows: dict[Genome, list[int]] = {}
    first: dict[Genome, Genome] = {}
    for row, genome in enumerate(genomes):
        same = rows.setdefault(first.setdefault(encoding.identity(genome), genome), [])
        if same and not allowed:
            columns = " and ".join(f"column {shown(name)}" for name in encoding.columns)
            raise TableError(
                f"{file} row {row + 2}, {columns}: the same architecture as row {same[0] + 2}; "
                "`duplicates: mean` in the spec averages them"
            )
        same.append(row)
    return rows


def _mean_by_row(values: Figures, rows: Mapping[Genome, Sequence[int]]) -> Figures:
    """Averages over duplicates; one that failed is left out unless all did."""
    if len(rows) == len(values):
        return values
    return np.array([_mean(values[list(same)]) for same in rows.values()])


def _mean(values: Figures) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan
