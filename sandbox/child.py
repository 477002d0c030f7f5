"""The child's side of a session: load harness and source, then answer calls.

This code is ours, but from the moment the source is loaded it shares its process with the
candidate, and nothing that it says can be believed without a check in the parent.
"""

from __future__ import annotations

import importlib
import socket
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import wire
from .contract import ArraySpec, BytesSpec
from .harness import CANDIDATE
from .isolation.confine import LayerError
from .link import Link, PeerFailed, take_over

Op = Callable[..., dict[str, Any]]


class AnswerError(Exception):
    """An op returned something else than the parent asked for."""


def serve(channel: socket.socket, begin: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer the parent's frames until it hangs up: "start", then "load", then "call"s;
    before them all "device", where there is one to open, and "link", where there is a line
    to another child: the harness is given its end.

    `begin` binds this process to the limits of the start frame, and reports.
    """
    ops: Mapping[str, Op] = {}
    line: tuple[Link, ...] = ()
    while (frame := receive(channel)) is not None:
        fields, blobs = frame
        try:
            match fields["kind"]:
                case "start":
                    answer = wire.encode({"kind": "answer", "value": begin(fields)}, {})
                case "device":
                    _named(fields["function"])(fields["index"])
                    answer = wire.encode({"kind": "answer", "value": {}}, {})
                case "link":
                    line = (take_over(channel),)
                    answer = wire.encode({"kind": "answer", "value": {}}, {})
                case "load":
                    ops = _named(fields["harness"])(fields["source"], *line)
                    answer = wire.encode({"kind": "answer", "value": {}}, {})
                case _:
                    answer = _answer(ops, fields, blobs)
        except BaseException as error:
            answer = wire.encode(describe(error), {})
        send(channel, answer)


def receive(channel: socket.socket) -> tuple[dict[str, Any], dict[str, wire.Blob]] | None:
    """One frame from the parent, whom the child trusts; None at the end of the line."""
    prefix = bytearray(wire.PREFIX.size)
    if not _fill(channel, memoryview(prefix)):
        return None
    head_size, body_size = wire.decode_prefix(bytes(prefix), max_body=1 << 62)
    data = bytearray(head_size)
    _fill(channel, memoryview(data))
    head = wire.decode_head(bytes(data), body_size)
    rooms = wire.allocate(head.blobs)
    for view in wire.views(rooms):
        _fill(channel, view)
    return head.fields, wire.finish(head, rooms)


def _fill(channel: socket.socket, view: memoryview) -> bool:
    while view:
        count = channel.recv_into(view)
        if not count:
            return False
        view = view[count:]
    return True


def send(channel: socket.socket, buffers: list[wire.Buffer]) -> None:
    """Write one frame."""
    for buffer in buffers:
        channel.sendall(buffer)


def _named(name: str) -> Callable[..., Any]:
    """The trusted function that "module:function" names."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _answer(
    ops: Mapping[str, Op], fields: dict[str, Any], blobs: dict[str, wire.Blob]
) -> list[wire.Buffer]:
    op = ops.get(fields["op"])
    if op is None:
        raise AnswerError(f"the harness has no op {fields['op']!r}; it has {sorted(ops)}")
    answer = op(**fields["arguments"], **blobs)
    if not isinstance(answer, dict):
        raise AnswerError(f"{fields['op']}: expected a dict, got {type(answer).__name__}")
    asked = {name: wire.from_json(entry) for name, entry in fields["returns"].items()}
    missing = sorted(asked.keys() - answer.keys())
    if missing:
        raise AnswerError(f"{missing[0]}: expected {wire.show(asked[missing[0]])}, got nothing")
    out = {name: _conform(name, answer[name], spec) for name, spec in asked.items()}
    rest = {name: _plain(value) for name, value in answer.items() if name not in asked}
    try:
        return wire.encode({"kind": "answer", "value": rest}, out)
    except (TypeError, ValueError) as error:
        raise AnswerError(f"{fields['op']}: {error}") from None


def _conform(name: str, value: Any, spec: ArraySpec | BytesSpec) -> wire.Blob:
    """`value` as the blob that was asked for; AnswerError says what came instead."""
    if isinstance(spec, BytesSpec):
        if not isinstance(value, bytes | bytearray | memoryview) or len(value) > spec.max_size:
            size = f" of {len(value)}" if hasattr(value, "__len__") else ""
            got = f"{type(value).__name__}{size}"
            raise AnswerError(f"{name}: expected {wire.show(spec)}, got {got}")
        return bytes(value)
    array = _as_array(name, value, spec)
    if wire.mismatch(spec, ArraySpec(array.dtype.name, array.shape)):
        got = f"{array.dtype} {array.shape}"
        raise AnswerError(f"{name}: expected {wire.show(spec)}, got {got}")
    return np.ascontiguousarray(array).reshape(array.shape)


def _as_array(name: str, value: Any, spec: ArraySpec) -> np.ndarray:
    if hasattr(value, "detach"):  # a torch tensor, without importing torch for it
        value = value.detach().cpu()
        if not spec.dtype.startswith(str(value.dtype).removeprefix("torch.")):
            got = f"{value.dtype} {tuple(value.shape)}"
            raise AnswerError(f"{name}: expected {wire.show(spec)}, got {got}")
        return value.numpy()
    if isinstance(value, np.ndarray):
        return value
    try:
        return np.asarray(value, spec.dtype)
    except (TypeError, ValueError) as error:
        raise AnswerError(f"{name}: expected {wire.show(spec)}: {error}") from None


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy or torch as what JSON can say."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _plain(value.tolist()) if hasattr(value, "tolist") else value


def describe(error: BaseException) -> dict[str, Any]:
    """What went wrong, for an author: kind of failure, message, line of the source."""
    if isinstance(error, LayerError):
        return {"kind": "layer", "layer": error.layer, "message": error.reason}
    if isinstance(error, PeerFailed):
        return error.fields
    kind = "memory" if _is_out_of_memory(error) else "error"
    if isinstance(error, AnswerError):
        return {"kind": kind, "message": str(error), "line": None}
    name = type(error).__name__
    message = _words(error)
    if isinstance(error, SyntaxError) and error.filename == CANDIDATE:
        text = (error.text or "").strip()
        return {"kind": kind, "message": f"{name}: {error.msg}: {text}", "line": error.lineno}
    return {"kind": kind, "message": f"{name}: {message}", "line": _line(error)}


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "can't allocate memory" in _words(error)


def _words(error: BaseException) -> str:
    """What `error` says, which may be the candidate's own code."""
    try:
        return str(error)
    except BaseException as second:
        return f"(its message raised {type(second).__name__})"


def _line(error: BaseException) -> int | None:
    """The last line of the candidate's source on the way to `error`."""
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == CANDIDATE
    ]
    return lines[-1] if lines else None
