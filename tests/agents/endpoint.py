"""An OpenAI-compatible endpoint on loopback that says what a test scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `text` becomes a completion, unless `raw` gives the whole body.

    `delay_s` waits before the first byte, or less where the endpoint closes; `cut` ends
    the connection halfway.
    """

    text: str | None = ""
    status: int = 200
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: bool = False
    finish: str = "stop"
    refusal: str | None = None
    tool: str | None = None
    usage: dict[str, int] | None = field(
        default_factory=lambda: {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    )

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        message: Body = {"role": "assistant", "content": self.text}
        if self.refusal is not None:
            message["refusal"] = self.refusal
        if self.tool is not None:
            function = {"name": "answer", "arguments": self.tool}
            message["tool_calls"] = [{"id": "1", "type": "function", "function": function}]
        reply: Body = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish}],
        }
        if self.usage is not None:
            reply["usage"] = self.usage
        return json.dumps(reply).encode()


Script = Callable[[Body], Answer | str]


class Endpoint:
    """Serves `script` until closed; keeps the bodies that it was sent."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Body] = []
        self.authorizations: list[str] = []
        self.closing = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                endpoint.requests.append(body)
                endpoint.authorizations.append(self.headers.get("authorization", ""))
                said = endpoint.script(body)
                self.answer(Answer(said) if isinstance(said, str) else said)

            def answer(self, answer: Answer) -> None:
                endpoint.closing.wait(answer.delay_s)
                data = answer.body()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if "content-type" not in answer.headers:
                    self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if answer.cut else data)
                self.wfile.flush()
                self.close_connection = answer.cut

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def last_message(body: Body) -> str:
    return str(body["messages"][-1]["content"])
