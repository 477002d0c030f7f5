"""Writing how a state forgets: `log_decay`, one figure per head or per key channel."""

from __future__ import annotations

from ..blueprint import Blueprint
from .code import ClassCode


def scope(decay: Blueprint) -> str:
    """What one decay governs: "none" where nothing decays, a "head", or a "channel"."""
    if decay.production == "no_decay":
        return "none"
    return "channel" if decay.production.startswith("channel") else "head"


def write_decay(code: ClassCode, decay: Blueprint, width: str) -> None:
    """Write the lines that define `log_decay`; `width` is the channels of all keys.

    It is (batch, heads, time) by head, and (batch, heads, time, d_key), at least -5, by
    channel.
    """
    match decay.production:
        case "fixed_decay":
            _write_fixed(code, learned=bool(decay["learned"]))
        case "step_decay":
            code.linear("to_step", "n_heads")
            _declare_step(code, "n_heads")
            code.forward += [
                f"step = F.softplus(self.to_step({code.read('decay')}) + self.step_bias)",
                "step = step.transpose(1, 2)",
                "log_decay = -self.log_rate.exp()[:, None] * step",
            ]
        case "sigmoid_decay":
            code.linear("to_decay", "n_heads", bias=True)
            decays = f"F.logsigmoid(self.to_decay({code.read('decay')}))"
            code.forward.append(
                f"log_decay = {decays}.transpose(1, 2){_over(decay['temperature'])}"
            )
        case "channel_sigmoid_decay":
            code.low_rank("to_decay", str(decay["rank"]), width)
            code.parameter("decay_bias", f"torch.zeros({width})")
            logit = f"self.to_decay({code.read('decay')}) + self.decay_bias"
            code.forward += [
                f"log_decay = F.logsigmoid({logit}){_over(decay['temperature'])}",
                "log_decay = split_heads(log_decay, self.n_heads).clamp(min=-5.0)",
            ]
        case "channel_step_decay":
            code.low_rank("to_step", str(decay["rank"]), width)
            _declare_step(code, width)
            code.forward += [
                f"step = F.softplus(self.to_step({code.read('decay')}) + self.step_bias)",
                "rate = self.log_rate.exp()[:, None, None]",
                "log_decay = (-rate * split_heads(step, self.n_heads)).clamp(min=-5.0)",
            ]
        case "channel_bounded_decay":
            code.low_rank("to_decay", str(decay["rank"]), width, between="nn.Tanh()")
            code.parameter("decay_bias", f"torch.linspace(-6.0, -1.0, {width})")
            logit = f"self.to_decay({code.read('decay')}) + self.decay_bias"
            code.forward += [
                f"log_decay = -math.exp(-0.5) * torch.sigmoid({logit})",
                "log_decay = split_heads(log_decay, self.n_heads)",
            ]


def _write_fixed(code: ClassCode, *, learned: bool) -> None:
    if learned:
        code.parameter("decay", "torch.linspace(3.0, 6.0, n_heads)")
        rate = "F.logsigmoid(self.decay)"
    else:
        code.init += [
            "rate = torch.log1p(-(2.0 ** (-5.0 - torch.arange(n_heads))))",
            'self.register_buffer("log_decay", rate)',
        ]
        rate = "self.log_decay"
    code.forward.append(f"log_decay = {rate}[:, None].expand(q.shape[:3])")


def _declare_step(code: ClassCode, width: str) -> None:
    """Mamba's start: steps of 0.001 to 0.1, rates of 1 to 16."""
    code.parameter("step_bias", f"initial_step_bias({width})")
    code.parameter("log_rate", "torch.empty(n_heads).uniform_(1.0, 16.0).log()")


def _over(temperature: object) -> str:
    return "" if temperature == 1 else f" / {temperature}"
