"""llama.cpp in this process: one copy of a model, asked one question at a time."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...cores import cores


class Llama:
    """A loaded model. `context` is in tokens.

    Raises ValueError for a file that is no model. A call ends at its deadline and when the
    model is closed, not only with its reply; what it is computing of the prompt it finishes
    first.
    """

    def __init__(self, weights: Path, context: int) -> None:
        self._server: Any = _serve(weights, context)
        self._lock = threading.Lock()
        self._closed = False

    def chat(self, body: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """The completion of an OpenAI chat request, as that interface's object.

        Raises TimeoutError, and ValueError where llama.cpp refuses the request.
        """
        deadline = time.monotonic() + timeout_s
        if not self._lock.acquire(timeout=timeout_s):
            raise TimeoutError
        try:
            return self._chat(body, deadline)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the call that runs, and give the memory back."""
        self._closed = True
        with self._lock:
            self._server = None

    def _chat(self, body: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        chunks: list[Mapping[str, Any]] = []

        def take(chunk: Mapping[str, Any]) -> bool:
            chunks.append(chunk)
            return self._closed or time.monotonic() > deadline  # true: enough

        if self._closed:
            raise TimeoutError
        streamed = {**body, "stream": True, "stream_options": {"include_usage": True}}
        self._server.handle_chat_completions(streamed, take)
        if refusal := next((chunk["error"] for chunk in chunks if "error" in chunk), None):
            raise ValueError(refusal["message"])
        if not chunks or "usage" not in chunks[-1]:
            raise TimeoutError
        return _joined(chunks)


def _joined(chunks: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The parts of a streamed completion as the whole one."""
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    text = "".join(choice["delta"].get("content") or "" for choice in choices)
    message = {"role": "assistant", "content": text}
    finish = choices[-1]["finish_reason"]
    return {
        **{name: chunks[-1][name] for name in ("id", "created", "usage")},
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }


def _serve(weights: Path, context: int) -> Any:
    import xllamacpp

    # Its threads wait for each other by spinning: more than there are idle cores, and a
    # busy machine makes them many times slower.
    threads = max(1, cores() // 2)
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = 0
    params.offline = True
    params.verbosity = -1
    # It insists on listening too: on a socket that nobody can reach, and no port.
    params.n_threads_http = 1
    params.api_keys = [secrets.token_hex()]
    with tempfile.TemporaryDirectory() as folder:
        params.hostnames = [f"{folder}/llama.sock"]
        try:
            return xllamacpp.Server(params)
        except RuntimeError:
            raise ValueError(
                f"llama.cpp cannot load {weights}: remove it, and `discover llm local` fetches"
                " it again"
            ) from None
