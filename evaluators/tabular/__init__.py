"""Tables of real architectures, to measure a search or a value model in seconds."""

from .counter import QueryCounter, TooManyLooked
from .domain import TabularDomain, folders
from .spec import Spec, SpecError, read_spec
from .table import (
    Table,
    TableError,
    TableMissing,
    find_table,
    load_table,
    table_text,
    tables_folder,
)

__all__ = [
    "QueryCounter",
    "Spec",
    "SpecError",
    "Table",
    "TableError",
    "TableMissing",
    "TabularDomain",
    "TooManyLooked",
    "find_table",
    "folders",
    "load_table",
    "read_spec",
    "table_text",
    "tables_folder",
]
