"""`discover doctor`: what this machine offers."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from typing import Any

import typer

from ..cores import cores
from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def doctor(as_json: options.Json = False) -> None:
    """Show cores, memory, GPUs and the isolation that candidates would run in."""
    findings = {**_machine(), **_devices(), **_isolation()}
    if as_json:
        print(json.dumps(findings, indent=2))
        return
    for name, value in findings.items():
        for label, text in _lines(name.replace("_", " "), value):
            print(f"{label:<16}{text}")


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """A finding as lines: its name, and what was found."""
    if isinstance(value, dict):
        for place, (item, found) in enumerate(value.items()):
            yield ("" if place else name), f"{item}: {found}"
    elif isinstance(value, list):
        yield name, ", ".join(map(str, value)) or "none"
    else:
        yield name, str(value)


def _machine() -> dict[str, Any]:
    import psutil

    from .. import __version__

    memory = psutil.virtual_memory()
    return {
        "discover": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": cores(),
        "memory_gib": round(memory.total / 2**30, 1),
        "memory_free_gib": round(memory.available / 2**30, 1),
    }


def _devices() -> dict[str, Any]:
    import torch

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {"torch": torch.__version__, "gpus": gpus}


def _isolation() -> dict[str, Any]:
    """The level that the sandbox reaches here, and what was tried to find it."""
    from ..sandbox import SandboxUnavailable, probe

    try:
        report = probe()
    except SandboxUnavailable as error:
        return {"isolation": f"none: {error}"}
    return {
        "isolation": report.level,
        "layers": {
            layer.name: "on" if layer.active else f"off: {layer.reason}" for layer in report.layers
        },
        "attacks": {attack.name: attack.outcome for attack in report.attacks},
    }
