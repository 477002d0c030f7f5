"""What a slot computes on: a core, or a GPU whose context each child starts for itself.

The CUDA part follows the driver's documentation and has only run against a stand-in, since
tests run without a GPU.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_SHARED_FILES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset")


@dataclass(frozen=True)
class Device:
    """A device of the machine, as a slot holds it.

    `kind` is what a harness passes to torch: "cpu" or "cuda". `files` are the device files
    that a child on it may use. `start` ("module:function") is trusted code that is called
    with `index` in a new child, before that has heard of any candidate: it may open what
    the layers then close.
    """

    kind: str = "cpu"
    index: int = 0
    files: tuple[str, ...] = ()
    start: str = ""

    def __str__(self) -> str:
        return self.kind if self.kind == "cpu" else f"{self.kind}:{self.index}"


CPU = Device()


def cuda_devices(dev: Path = Path("/dev")) -> list[Device]:
    """The NVIDIA GPUs whose device files are there; neither torch nor NVML is asked."""
    indices = sorted(
        int(path.name.removeprefix("nvidia"))
        for path in dev.glob("nvidia[0-9]*")
        if path.name.removeprefix("nvidia").isdecimal()
    )
    shared = [dev / name for name in _SHARED_FILES]
    return [
        Device(
            "cuda",
            index,
            tuple(str(path) for path in (dev / f"nvidia{index}", *shared) if path.exists()),
            f"{__name__}:start_cuda",
        )
        for index in indices
    ]


def start_cuda(index: int) -> None:
    """Create this process's CUDA context on GPU `index`, the only one that it will see."""
    os.environ["CUDA_VISIBLE_DEVICES"] = str(index)
    import torch

    torch.zeros(1, device="cuda")
