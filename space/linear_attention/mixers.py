"""Writing the mixers that are not recurrences: attention, convolutions, branches."""

from __future__ import annotations

from ..blueprint import Blueprint
from .code import ClassCode

HALF = "(d_model // 2, max(1, n_heads // 2))"
"""The arguments of a branch, which works on half of the channels."""


def write_identity(code: ClassCode, node: Blueprint) -> None:
    """A mixer that mixes nothing: the floor."""
    code.forward.append("return x")


def write_attention(code: ClassCode, node: Blueprint) -> None:
    """Softmax attention over everything before, or over a window."""
    code.init.append("self.n_heads = n_heads")
    code.linear("to_qkv", "3 * d_model")
    code.linear("to_out", "d_model")
    code.forward += [
        "qkv = self.to_qkv(x).chunk(3, dim=-1)",
        "q, k, v = (split_heads(y, self.n_heads) for y in qkv)",
    ]
    if node["rotary"]:
        code.forward.append("q, k = rotary(q), rotary(k)")
    if node.production == "sliding_window":
        code.forward.append(f"out = window_attention(q, k, v, window={node['window']})")
    else:
        code.forward.append("out = F.scaled_dot_product_attention(q, k, v, is_causal=True)")
    code.forward.append("return self.to_out(merge_heads(out))")


def write_short_convolution(code: ClassCode, node: Blueprint) -> None:
    """A short convolution between two gates."""
    code.linear("to_gates_and_values", "3 * d_model")
    code.init.append(f"self.conv = ShortConvolution(d_model, {node['kernel']})")
    code.linear("to_out", "d_model")
    code.forward += [
        "before, after, v = self.to_gates_and_values(x).chunk(3, dim=-1)",
        "return self.to_out(after * self.conv(before * v))",
    ]


def write_long_convolution(code: ClassCode, node: Blueprint) -> None:
    """Hyena of order 2: a short convolution, a gate, an implicit long filter, a gate."""
    code.linear("to_qkv", "3 * d_model")
    code.init += [
        f"self.conv = ShortConvolution(3 * d_model, {node['kernel']})",
        f"self.filter = LongFilter(d_model, {node['width']})",
    ]
    code.parameter("skip", "torch.ones(d_model)")
    code.linear("to_out", "d_model")
    code.forward += [
        "q, k, v = self.conv(self.to_qkv(x)).chunk(3, dim=-1)",
        "v = k * v",
        "v = causal_convolution(v, self.filter(x.shape[1])) + self.skip * v",
        "return self.to_out(q * v)",
    ]


def write_parallel(code: ClassCode, node: Blueprint, first: str, second: str) -> None:
    """Two branches side by side, each on half of the channels."""
    code.linear("to_branches", "d_model")
    code.init += [f"self.first = {first}{HALF}", f"self.second = {second}{HALF}"]
    code.forward += [
        "a, b = self.to_branches(x).chunk(2, dim=-1)",
        "a, b = self.first(a), self.second(b)",
    ]
    if node["merge"] == "concatenate":
        code.linear("to_out", "d_model")
        merged = "torch.cat((a, b), dim=-1)"
    else:
        code.linear("to_out", "d_model", source="d_model // 2")
        merged = "a + b"
    if node["merge"] == "gated sum":
        code.linear("to_gate", "d_model // 2", bias=True)
        code.forward.append("gate = torch.sigmoid(self.to_gate(x))")
        merged = "gate * a + (1 - gate) * b"
    code.forward.append(f"return self.to_out({merged})")


def write_serial(code: ClassCode, node: Blueprint, first: str, second: str) -> None:
    """One mixer after another, both at half of the width."""
    code.linear("to_inner", "d_model // 2")
    code.init += [
        f"self.first = {first}{HALF}",
        "self.norm = nn.RMSNorm(d_model // 2, eps=1e-5)",
        f"self.second = {second}{HALF}",
    ]
    code.linear("to_out", "d_model", source="d_model // 2")
    code.forward += [
        "x = self.first(self.to_inner(x))",
        "return self.to_out(self.second(self.norm(x)))",
    ]
