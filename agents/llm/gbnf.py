"""llama.cpp's grammar language (GBNF) for the JSON schemas that we ask for.

https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_RULES = r"""
string ::= "\"" ([^"\\\x00-\x1f] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\""
integer ::= "-"? [0-9]{1,9}
number ::= integer ("." [0-9]{1,9})?
boolean ::= "true" | "false"
null ::= "null"
""".strip()


def gbnf(schema: Mapping[str, Any]) -> str:
    """The grammar whose texts are the JSON that `schema` allows.

    Understands flat objects of scalars, enumerations and lists of them, with every
    property required and in order. Raises ValueError for anything else.
    """
    return f"root ::= {_rule(schema)}\n{_RULES}\n"


def _rule(schema: Mapping[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return "(" + " | ".join(_literal(json.dumps(v)) for v in values) + ")"
    kind = schema.get("type")
    if kind == "object":
        pairs = [
            f"{_literal(json.dumps(name) + ':')} {_rule(part)}"
            for name, part in schema.get("properties", {}).items()
        ]
        return _literal("{") + " " + f" {_literal(',')} ".join(pairs) + " " + _literal("}")
    if kind == "array":
        item = _rule(schema["items"])
        return f'"[" ({item} ("," {item})*)? "]"'
    if kind in ("string", "integer", "number", "boolean", "null"):
        return str(kind)
    raise ValueError(f"no grammar for the schema {json.dumps(schema)[:80]}")


def _literal(text: str) -> str:
    return json.dumps(text)
