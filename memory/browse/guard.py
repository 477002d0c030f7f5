"""Who may ask, and what a browser may do with the answer."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Scope = Mapping[str, Any]
Message = Mapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

COOKIE = "discover_token"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_ALWAYS = "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'" + _ALWAYS
)
"""For our own pages: nothing inline, nothing from elsewhere."""
TABLES = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'" + _ALWAYS
"""For Datasette's pages, which style inline and work without any script."""


class Guard:
    """An ASGI application around another.

    With no token, only requests to a loopback name are answered: a page elsewhere whose
    name was pointed at this machine gets nothing. With a token, only those that bring it,
    in the address once and from then on in a cookie.
    """

    def __init__(self, app: App, *, token: str | None, tables: str) -> None:
        self._app = app
        self._token = token
        self._tables = tables

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._token is None and _host(scope) not in LOOPBACK:
            await _refuse(send, 403, "this server answers to 127.0.0.1 and localhost only")
        elif self._token is None or self._has_cookie(scope):
            await self._app(scope, receive, self._with_headers(scope, send))
        elif self._matches(parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]):
            await self._welcome(scope, send)
        else:
            await _refuse(send, 401, "open the address that `discover browse` printed")

    def _matches(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), (self._token or "").encode())

    def _has_cookie(self, scope: Scope) -> bool:
        try:
            cookies = SimpleCookie(_header(scope, b"cookie"))
        except CookieError:
            return False
        return COOKIE in cookies and self._matches(cookies[COOKIE].value)

    async def _welcome(self, scope: Scope, send: Send) -> None:
        """Move the token from the address, which gets about, into a cookie."""
        cookie = f"{COOKIE}={self._token}; HttpOnly; SameSite=Strict; Path=/"
        headers = [(b"location", scope["raw_path"]), (b"set-cookie", cookie.encode())]
        await _answer(send, 303, headers, b"")

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        tables = scope["path"].startswith((f"/{self._tables}", "/-/")) and not scope[
            "path"
        ].startswith("/-/static")
        policy = TABLES if tables else STRICT
        added = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        return sending


def _header(scope: Scope, name: bytes) -> str:
    values: Iterable[bytes] = (value for key, value in scope["headers"] if key == name)
    return next(iter(values), b"").decode("latin-1")


def _host(scope: Scope) -> str:
    """The name that was asked for, without its port."""
    host = _header(scope, b"host")
    return (
        host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.split(":")[0]
    )


async def _refuse(send: Send, status: int, why: str) -> None:
    await _answer(send, status, [(b"content-type", b"text/plain; charset=utf-8")], why.encode())


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
