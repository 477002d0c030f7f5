"""The children of one evaluation, seen from the parent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

from . import wire
from .contract import (
    ArraySpec,
    BytesSpec,
    CandidateError,
    CandidateFailure,
    LimitExceeded,
    Limits,
    Payload,
    ProtocolViolation,
    SandboxUnavailable,
    Usage,
)
from .devices import CPU, Device
from .isolation.confine import LayerError
from .launch import Launcher
from .link import Line
from .output import printable
from .supervise import Supervisor

_MAX_MESSAGE = 4000


class SandboxSession:
    """Opens children one after another, or several, within the limits of one evaluation."""

    def __init__(
        self, launcher: Launcher, limits: Limits, isolation: str, device: Device = CPU
    ) -> None:
        self._launcher = launcher
        self._device = device
        self._limits = limits
        self._isolation = isolation
        self._started = time.monotonic()
        self._ended = Usage()
        self._open: list[Supervisor] = []
        self._paused_s = 0.0
        self._cancelled = threading.Event()

    @property
    def isolation(self) -> str:
        return self._isolation

    @property
    def device(self) -> str:
        """What harnesses pass to torch: "cpu", or "cuda" for the one GPU that is visible."""
        return self._device.kind

    @property
    def usage(self) -> Usage:
        running = [supervisor.usage for supervisor in self._open]
        return Usage(
            wall_s=time.monotonic() - self._started,
            cpu_s=self._ended.cpu_s + sum(usage.cpu_s for usage in running),
            peak_rss_bytes=max(
                [self._ended.peak_rss_bytes, *(usage.peak_rss_bytes for usage in running)]
            ),
        )

    def cancel(self) -> None:
        """Make whatever talks to a child raise Cancelled. Safe from another thread."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @contextmanager
    def open(
        self, harness: str, source: str, *, limits: Limits | None = None
    ) -> Iterator[SandboxWorker]:
        with self._child(limits) as worker:
            worker.load(harness, source)
            yield worker

    @contextmanager
    def open_linked(
        self,
        trusted: str,
        harness: str,
        source: str,
        *,
        numbers: int,
        limits: Limits | None = None,
    ) -> Iterator[SandboxWorker]:
        with (
            closing(Line(numbers)) as line,
            self._child(limits, line) as served,
            self._child(limits, line, served) as worker,
        ):
            line.close()
            worker.load(trusted, "")
            served.load(harness, source)
            served.ask("serve")
            yield worker

    @contextmanager
    def _child(
        self,
        limits: Limits | None,
        line: Line | None = None,
        beside: SandboxWorker | None = None,
    ) -> Iterator[SandboxWorker]:
        """A started child, with an end of a `line` in hand; `beside` has the other already."""
        left = self._limits_left(limits or self._limits)
        deadline = time.monotonic() + left.wall_s
        child = self._launcher.launch()
        other = beside.supervisor if beside is not None else None
        supervisor = Supervisor(child, left, deadline, self._cancelled.is_set, other)
        self._open.append(supervisor)
        try:
            worker = SandboxWorker(supervisor)
            if line is not None:
                worker.hand_over(line, 0 if beside is None else 1)
            worker.start(left, self._device)
            yield worker
        finally:
            used = supervisor.close()
            self._open.remove(supervisor)
            # Of two children that were held up together, one has the pause counted.
            self._paused_s += supervisor.paused_s if line is None or beside is not None else 0.0
            self._ended = replace(
                self._ended,
                cpu_s=self._ended.cpu_s + used.cpu_s,
                peak_rss_bytes=max(self._ended.peak_rss_bytes, used.peak_rss_bytes),
            )

    def _limits_left(self, limits: Limits) -> Limits:
        """`limits`, but no more time than the session has left."""
        used = self.usage
        wall_s = min(limits.wall_s, self._limits.wall_s - used.wall_s + self._paused_s)
        cpu_s = min(limits.cpu_s, self._limits.cpu_s - used.cpu_s)
        for resource, left in (("wall", wall_s), ("cpu", cpu_s)):
            if left <= 0:
                raise LimitExceeded(resource, f"no {resource} time left for another child")
        return replace(limits, wall_s=wall_s, cpu_s=cpu_s)


class SandboxWorker:
    """One child that answers calls. Nothing that it says is taken without a check."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor

    @property
    def output(self) -> str:
        """The tail of what the child printed so far."""
        return self.supervisor.output

    def start_device(self, device: Device) -> None:
        """Let the child open `device` while it still may."""
        self._tell({"kind": "device", "function": device.start, "index": device.index})

    def hand_over(self, line: Line, end: int) -> None:
        """Give the child an end of a line to another."""
        self.supervisor.send(wire.encode({"kind": "link"}, {}))
        line.hand_over(end, self.supervisor.channel)
        self._expect_done()

    def start(self, limits: Limits, device: Device = CPU) -> None:
        """Bind the child to `limits`; what it uses counts from here."""
        self._tell(
            {
                "kind": "start",
                "cpu_s": limits.cpu_s,
                "memory_bytes": limits.memory_bytes,
                "threads": limits.threads,
                "devices": device.files,
            }
        )
        self.supervisor.start_counting()

    def load(self, harness: str, source: str) -> None:
        """Let `harness` load `source`: from here on nothing that the child says is believed."""
        load = {"kind": "load", "harness": harness, "source": source}
        self.supervisor.send(wire.encode(load, {}))
        self._answer({})

    def _tell(self, fields: dict[str, Any]) -> None:
        """Have the child do a step of its start. Only our own code has run in it so far."""
        self.supervisor.send(wire.encode(fields, {}))
        self._expect_done()

    def _expect_done(self) -> None:
        try:
            head = self._receive_head({})
        except (CandidateFailure, wire.WireError) as error:
            raise SandboxUnavailable(f"the child did not start: {error}") from error
        report = head.fields
        if report.get("kind") == "layer":
            raise LayerError(report["layer"], report["message"])
        if report.get("kind") != "answer":
            raise SandboxUnavailable(f"the child did not start: {report.get('message')}")

    def call(
        self,
        op: str,
        /,
        *,
        returns: Mapping[str, ArraySpec | BytesSpec] | None = None,
        **arguments: Payload,
    ) -> dict[str, Payload]:
        self.ask(op, returns=returns, **arguments)
        value, arrays = self._answer(dict(returns or {}))
        return {**value, **arrays}

    def ask(
        self,
        op: str,
        /,
        *,
        returns: Mapping[str, ArraySpec | BytesSpec] | None = None,
        **arguments: Payload,
    ) -> None:
        """Begin a call, whose answer nobody awaits here."""
        asked = dict(returns or {})
        blobs = {name: value for name, value in arguments.items() if wire.is_blob(value)}
        plain = {name: value for name, value in arguments.items() if name not in blobs}
        fields = {
            "kind": "call",
            "op": op,
            "arguments": plain,
            "returns": {name: wire.as_json(spec) for name, spec in asked.items()},
        }
        self.supervisor.send(wire.encode(fields, blobs))

    def _answer(
        self, asked: Mapping[str, ArraySpec | BytesSpec]
    ) -> tuple[dict[str, Any], dict[str, wire.Blob]]:
        """The child's next frame, which must be an answer with the blobs `asked` for."""
        try:
            head = self._receive_head(asked)
            if head.fields.get("kind") != "answer":
                raise self._failure(head.fields)
            value = head.fields.get("value")
            if not isinstance(value, dict) or value.keys() & asked.keys():
                raise wire.WireError("an answer without a proper value")
            wire.check_asked(head, asked)
            rooms = wire.allocate(head.blobs)
            for view in wire.views(rooms):
                self.supervisor.receive(view)
            return value, wire.finish(head, rooms)
        except wire.WireError as error:
            message = f"the child broke the protocol: {printable(str(error))[:_MAX_MESSAGE]}"
            raise ProtocolViolation(message, output=self.output) from None

    def _receive_head(self, asked: Mapping[str, ArraySpec | BytesSpec]) -> wire.Head:
        prefix = bytearray(wire.PREFIX.size)
        self.supervisor.receive(memoryview(prefix))
        most = sum(wire.size_of(spec) for spec in asked.values())
        head_size, body_size = wire.decode_prefix(bytes(prefix), max_body=most)
        data = bytearray(head_size)
        self.supervisor.receive(memoryview(data))
        return wire.decode_head(bytes(data), body_size)

    def _failure(self, fields: Mapping[str, Any]) -> CandidateError | LimitExceeded:
        """The failure that the child reports about itself."""
        kind, message, line = fields.get("kind"), fields.get("message"), fields.get("line")
        if kind == "closed" and self.supervisor.beside is not None:
            self.supervisor.beside.explain_end()
            kind = "error"
        if kind not in ("error", "memory") or not isinstance(message, str):
            raise wire.WireError("neither an answer nor an error")
        if type(line) is not int or not 0 < line < 1 << 31:
            line = None
        message = printable(message)[:_MAX_MESSAGE]
        if kind == "memory":
            return LimitExceeded("memory", message, output=self.output)
        return CandidateError(message, line=line, output=self.output)
