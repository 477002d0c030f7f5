"""One request over the wire, through litellm."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ...harmless import shown
from . import local
from .errors import ConfigurationError, Refused, Unavailable
from .records import Reply
from .secrets import Scrubber
from .settings import Model, Price

T = TypeVar("T")

LONGEST_REPLY = 400_000
"""Characters. Nothing that we ask for is longer; what is, is a flood."""

REFUSALS = (400, 405, 415, 422, 500, 501)
"""What a back-end says to a request that asks more than it can; llama.cpp's server says 500."""

KEY_ALONE = {
    "anthropic", "cerebras", "deepseek", "gemini", "groq", "mistral", "moonshot", "nvidia_nim",
    "openai", "openrouter", "xai",
}  # fmt: skip
"""Providers that let nobody in without a key of their own name; others have logins besides."""

_CLASSES = re.compile(r"^(?:litellm\.)?(?:\w+(?:Error|Exception|Timeout)\s*(?::|-)\s*)+")

ONE_LINE = 300
"""Characters of a provider's error that a message keeps."""


@dataclass(frozen=True)
class WireRequest:
    """What goes to one model. `body` holds everything that shapes the reply."""

    model: Model
    body: Mapping[str, Any]


class Transport(Protocol):
    """Sends one request, once."""

    def send(self, request: WireRequest, timeout_s: float) -> Reply:
        """The reply; raises Unavailable or Refused, in one line without secrets."""
        ...

    def check(self, model: Model) -> None:
        """Raises ConfigurationError where there is no such model, or no key for it."""
        ...

    def price(self, model: Model) -> Price | None:
        """What a model that was checked is known to cost, or None where that is unknown."""
        ...


class LiteLLMTransport:
    """Calls models through litellm, which is imported when the first is checked."""

    def __init__(self, scrub: Scrubber) -> None:
        self._scrub = scrub

    def send(self, request: WireRequest, timeout_s: float) -> Reply:
        litellm = _litellm()
        import openai

        try:
            response = _within(timeout_s, lambda: _complete(litellm, request, timeout_s))
        except TimeoutError:
            raise Unavailable(
                f"{request.model.name}: no reply within {timeout_s:g} s",
                transient=True,
                maybe_billed=True,
            ) from None
        except (openai.OpenAIError, ValueError, TypeError, KeyError, AttributeError) as error:
            # What litellm does not foresee in a provider's answer comes up as the
            # Python error that it ran into.
            raise _translated(request.model.name, error, self._scrub) from None
        return _reply(request.model.name, response)

    def check(self, model: Model) -> None:
        if model.name.startswith("local/"):
            local.weights(model.name)
            return
        litellm = _litellm()
        try:
            _, provider, _, _ = litellm.get_llm_provider(model.name)
        except litellm.BadRequestError:
            raise ConfigurationError(
                f"{shown(model.name)} names no provider that litellm knows: write provider/name,"
                " or give the api_base of an OpenAI-compatible endpoint"
            ) from None
        if model.api_key is None and provider in KEY_ALONE:
            _require_key(litellm, model.name)

    def price(self, model: Model) -> Price | None:
        if model.name.startswith("local/"):
            return Price(0.0, 0.0)
        info = _info(_litellm(), model.name)
        if info is None:
            return None
        prompt, completion = info["input_cost_per_token"], info["output_cost_per_token"]
        if prompt is None or completion is None:
            return None
        return Price(prompt * 1e6, completion * 1e6)


def _require_key(litellm: Any, model: str) -> None:
    """Raises ConfigurationError where the environment holds no key of the model's provider."""
    missing = litellm.validate_environment(model)["missing_keys"]
    if missing:
        raise ConfigurationError(f"{model} needs an API key: set {' or '.join(missing)}")


def _info(litellm: Any, model: str) -> Any:
    try:
        return litellm.get_model_info(model)
    except Exception as error:  # a bare Exception is litellm's way to say that it knows nothing
        if type(error) is not Exception:
            raise
        return None


def _litellm() -> Any:
    """litellm, quiet, and without a look at the network."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def _complete(litellm: Any, request: WireRequest, timeout_s: float) -> Any:
    model = request.model
    if model.name.startswith("local/"):
        local.register(litellm)
    return litellm.completion(
        model=model.name,
        api_base=model.api_base,
        api_key=model.api_key,
        timeout=timeout_s,
        num_retries=0,
        max_retries=0,
        **request.body,
    )


def _within(seconds: float, work: Callable[[], T]) -> T:
    """`work()`, or TimeoutError. HTTP clients bound the wait for each byte, never for the
    whole reply, so the clock is kept here; a late worker is left to end by itself."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # handed to the caller's thread, whatever it is
            failure.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if failure:
        raise failure[0]
    if not outcome:
        raise TimeoutError
    return outcome[0]


def _reply(model: str, response: Any) -> Reply:
    choices = getattr(response, "choices", None)
    if not choices:
        raise Unavailable(f"{model}: a reply without a choice", transient=True, maybe_billed=True)
    message, finish = choices[0].message, choices[0].finish_reason or "stop"
    refusal = (getattr(message, "provider_specific_fields", None) or {}).get("refusal")
    if finish == "content_filter" or refusal:
        raise Refused(f"{model} declined: {_line(str(refusal or 'content filter'))}")
    calls = getattr(message, "tool_calls", None)
    text = (calls[0].function.arguments if calls else message.content) or ""
    usage = getattr(response, "usage", None)
    return Reply(
        text=str(text),
        model=model,
        finish=finish,
        prompt_tokens=int(getattr(usage, "prompt_tokens", 0) or 0),
        completion_tokens=int(getattr(usage, "completion_tokens", 0) or 0),
    )


def _translated(model: str, error: Exception, scrub: Scrubber) -> Unavailable | Refused:
    import openai

    said = _line(_without_classes(scrub(str(error))))
    if type(error).__name__ == "ContentPolicyViolationError":
        return Refused(f"{model} declined: {said}")
    status = getattr(error, "status_code", None)
    if isinstance(error, openai.APITimeoutError):
        return Unavailable(f"{model}: timed out", transient=True, maybe_billed=True)
    # Without a status code the connection broke, or the answer was no completion.
    lost = isinstance(error, openai.APIConnectionError) or not isinstance(error, openai.APIError)
    transient = lost or status is None or status in (408, 409, 425, 429) or status >= 500
    return Unavailable(
        f"{model}: {said}",
        transient=transient,
        retry_after_s=_retry_after(error),
        answered=not lost and status in REFUSALS,
    )


def _without_classes(message: str) -> str:
    """litellm's message without the names of exceptions that it begins with."""
    message = message.partition("\nTraceback (most recent call last)")[0]
    return _CLASSES.sub("", message) or message


def _retry_after(error: Exception) -> float | None:
    headers = getattr(error, "litellm_response_headers", None) or {}
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= ONE_LINE else line[:ONE_LINE] + "..."
