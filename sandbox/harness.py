"""The generic harness: call functions of the candidate's source by name."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

CANDIDATE = "<candidate>"
"""The file name under which a candidate's source is compiled; its lines carry it."""


def load_module(source: str, name: str = "candidate") -> types.ModuleType:
    """Execute `source` as a module whose traceback lines can be read.

    Harnesses of all domains load their candidates with it, in the child only.
    """
    linecache.cache[CANDIDATE] = (len(source), None, source.splitlines(True), CANDIDATE)
    module = types.ModuleType(name)
    module.__file__ = CANDIDATE
    sys.modules[name] = module  # dataclasses and type hints look there
    exec(compile(source, CANDIDATE, "exec"), module.__dict__)
    return module


def functions(source: str) -> Mapping[str, Callable[..., dict[str, Any]]]:
    """Ops of a plain program: "call" runs one function, "names" lists what there is.

    call(function="pack", args=[26], kwargs={...}) -> {"value": what it returned}
    """
    module = load_module(source)

    def call(
        function: str, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        found = getattr(module, function, None)
        if not callable(found):
            raise AttributeError(f"the source defines no function {function!r}")
        return {"value": found(*args, **(kwargs or {}))}

    def names() -> dict[str, Any]:
        return {"names": sorted(n for n, v in vars(module).items() if callable(v))}

    return {"call": call, "names": names}
