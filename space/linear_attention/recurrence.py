"""Writing a recurrent mixer: what is projected, how the state changes, what is read."""

from __future__ import annotations

from ..blueprint import Blueprint
from .code import ClassCode
from .decays import scope, write_decay

FUNCTION = {
    ("additive", "none"): "linear_attention",
    ("additive", "head"): "decayed_linear_attention",
    ("additive", "channel"): "gated_linear_attention",
    ("normalised", "none"): "linear_attention",
    ("normalised", "head"): "decayed_linear_attention",
    ("normalised", "channel"): "gated_linear_attention",
    ("delta", "none"): "delta_rule",
    ("delta", "head"): "gated_delta_rule",
    ("delta", "channel"): "channel_gated_delta_rule",
    ("low_rank", "channel"): "diagonal_plus_low_rank",
}
"""The recurrence of the library for an update rule and its decay's scope."""

FEATURES = {
    "silu_feature": "F.silu({})",
    "elu_feature": "F.elu({}) + 1",
    "relu_feature": "F.relu({})",
    "softmax_feature": "{}.softmax(dim=-1)",
}

UNIT_FEATURES = {
    "none": "F.normalize({}, dim=-1)",
    "silu": "F.normalize(F.silu({}), dim=-1)",
    "relu": "F.normalize(F.relu({}), dim=-1)",
}

NORMS = {"rms": "nn.RMSNorm(d_head, eps=1e-5)", "layer": "nn.LayerNorm(d_head)"}


def write_recurrence(code: ClassCode, node: Blueprint) -> None:
    """Write a `recurrence` node: inputs, projection, update and readout, in this order."""
    inputs, projection, update, readout = node.children
    code.inputs = inputs.production
    d_key = "d_key" if projection["keys"] == "half" else "d_head"
    if inputs.production == "convolved_input":
        code.init.append(f"self.conv = ShortConvolution(d_model, {inputs['kernel']})")
        code.forward.append(f"mixed = {_activated('self.conv(x)', inputs)}")
    _write_projection(code, projection)
    _write_update(code, update, d_key)
    _write_readout(code, readout, d_key)
    if code.roles:
        _write_token_shift(code)
    _declare_sizes(code)


def _declare_sizes(code: ClassCode) -> None:
    """The widths of a head and of its keys, where a line needs them."""
    for name, value in (("d_key", "d_head // 2"), ("d_head", "d_model // n_heads")):
        if any(name in line for line in code.init):
            code.init.insert(0, f"{name} = {value}")
    code.init.insert(0, "self.n_heads = n_heads")


def _write_token_shift(code: ClassCode) -> None:
    """Each projection reads its own mix of this position and the one before (RWKV)."""
    code.parameter("mix", f"torch.rand({len(code.roles)}, d_model)")
    names = ", ".join(f"x_{role}" for role in code.roles)
    code.forward[:0] = [
        "before = F.pad(x, (0, 0, 1, -1))",
        f"{names} = (x + mix * (before - x) for mix in self.mix)",
    ]


def _write_projection(code: ClassCode, node: Blueprint) -> None:
    keys = {"full": "d_model", "half": "n_heads * d_key", "shared": "d_head"}[str(node["keys"])]
    convolved = node.production == "convolved_projection"
    for role, width in (("q", keys), ("k", keys), ("v", "d_model")):
        code.linear(f"to_{role}", width)
        value = f"self.to_{role}({code.read(role)})"
        if convolved:
            code.init.append(f"self.conv_{role} = ShortConvolution({width}, {node['kernel']})")
            value = _activated(f"self.conv_{role}({value})", node)
        shared = node["keys"] == "shared" and role != "v"
        heads = "1).expand(-1, self.n_heads, -1, -1)" if shared else "self.n_heads)"
        code.forward.append(f"{role} = split_heads({value}, {heads}")
    if node["rotary"]:
        code.forward.append("q, k = rotary(q), rotary(k)")


def _activated(value: str, node: Blueprint) -> str:
    return f"F.silu({value})" if node["activation"] == "silu" else value


def _write_update(code: ClassCode, update: Blueprint, d_key: str) -> None:
    decay = update.children[-1]
    if update.production != "low_rank":
        _write_feature(code, update.children[0])
    write_decay(code, decay, f"n_heads * {d_key}" if d_key != "d_head" else "d_model")
    arguments = ["q", "k", _write_values(code, update, decay)]
    if scope(decay) != "none":
        arguments.append("log_decay")
    if update.production == "delta":
        code.linear("to_beta", "n_heads")
        twice = "2 * " if update["negative"] else ""
        beta = f"self.to_beta({code.read('beta')}).sigmoid().transpose(1, 2)"
        code.forward.append(f"beta = {twice}{beta}")
        arguments.append("beta")
    if update.production == "low_rank":
        _write_removal(code, update, d_key)
        arguments += ["remove", "write"]
    function = FUNCTION[update.production, scope(decay)]
    code.forward.append(f"out = {function}({', '.join(arguments)}).to(x.dtype)")
    if update.production == "normalised":
        code.forward.append("out = out[..., :-1] / (out[..., -1:] + 1e-6)")


def _write_values(code: ClassCode, update: Blueprint, decay: Blueprint) -> str:
    """The variable that goes into the state; a last channel of ones sums up the weights."""
    values = "F.pad(v, (0, 1), value=1.0)" if update.production == "normalised" else "v"
    if decay.production == "step_decay" and decay["scale_values"]:
        values = f"step[..., None] * {values}"
    if values == "v":
        return "v"
    code.forward.append(f"values = {values}")
    return "values"


def _write_feature(code: ClassCode, feature: Blueprint) -> None:
    if feature.production == "linear_feature":
        code.forward.append("q = q * q.shape[-1] ** -0.5")
        return
    form = (
        UNIT_FEATURES[str(feature["activation"])]
        if feature.production == "unit_feature"
        else FEATURES[feature.production]
    )
    code.forward.append(f"q, k = {form.format('q')}, {form.format('k')}")


def _write_removal(code: ClassCode, update: Blueprint, d_key: str) -> None:
    """RWKV-7's removal key and in-context learning rate (arXiv 2503.14456, section 4)."""
    width = "d_model" if d_key == "d_head" else f"n_heads * {d_key}"
    code.low_rank("to_rate", str(update["rank"]), width)
    code.parameter("rate_bias", f"torch.zeros({width})")
    code.parameter("remove_scale", f"torch.full((n_heads, 1, {d_key}), 0.85)")
    code.parameter("write_scale", f"torch.ones(n_heads, 1, {d_key})")
    twice = "2 * " if update["negative"] else ""
    rate = f"torch.sigmoid(self.to_rate({code.read('rate')}) + self.rate_bias)"
    code.forward += [
        f"rate = {twice}split_heads({rate}, self.n_heads)",
        "remove = F.normalize(k * self.remove_scale, dim=-1)",
        "write = rate * remove",
        "k = k * (1 + (rate - 1) * self.write_scale)",
    ]


def _write_readout(code: ClassCode, node: Blueprint, d_key: str) -> None:
    gated = node.production == "gated_readout"
    gate_first = gated and bool(node["gate_first"]) and node["norm"] != "none"
    if node["skip"] == "value":
        code.parameter("skip", "torch.ones(n_heads, 1, 1)")
        code.forward.append("out = out + self.skip * v")
    gate = _declare_gate(code, node) if gated else ""
    if gate_first:
        code.forward.append(f"out = out * split_heads({gate}, self.n_heads)")
    if node["norm"] != "none":
        code.init.append(f"self.norm = {NORMS[str(node['norm'])]}")
        code.forward.append("out = self.norm(out)")
    if node["skip"] == "bonus":
        code.parameter("bonus", f"torch.zeros(n_heads, 1, {d_key})")
        code.forward.append("out = out + (q * self.bonus * k).sum(-1, keepdim=True) * v")
    code.linear("to_out", "d_model")
    gating = f" * {gate}" if gated and not gate_first else ""
    code.forward += [f"out = merge_heads(out){gating}", "return self.to_out(out)"]


def _declare_gate(code: ClassCode, node: Blueprint) -> str:
    """The gate's expression, (batch, time, d_model)."""
    if node["rank"] == "full":
        code.linear("to_gate", "d_model")
    else:
        code.low_rank("to_gate", str(node["rank"]), "d_model")
    function = {"silu": "F.silu", "sigmoid": "torch.sigmoid"}[str(node["activation"])]
    return f"{function}(self.to_gate({code.read('gate')}))"
