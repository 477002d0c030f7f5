"""The published mixers, one step at a time, written from the papers' recurrences.

Nothing here shares code with the space: each function takes a mixer's weights by name
(float64), an input (batch, time, d_model) and the number of heads, and returns the output.
"""

import math

import torch
import torch.nn.functional as F


def identity(w, x, heads):
    return x


def softmax_attention(w, x, heads, window=None):
    """Vaswani et al. 2017, equation 1, with rotary positions; the last `window` keys."""
    q, k, v = (_heads(y, heads) for y in (x @ w["to_qkv.weight"].T).chunk(3, dim=-1))
    q, k = _rope(q), _rope(k)
    out = torch.zeros_like(v)
    for t in range(x.shape[1]):
        start = 0 if window is None else max(0, t - window + 1)
        scores = torch.einsum("bhd,bhsd->bhs", q[:, :, t], k[:, :, start : t + 1])
        weights = (scores / math.sqrt(q.shape[-1])).softmax(-1)
        out[:, :, t] = torch.einsum("bhs,bhsd->bhd", weights, v[:, :, start : t + 1])
    return _merge(out) @ w["to_out.weight"].T


def sliding_window(w, x, heads):
    return softmax_attention(w, x, heads, window=16)


def short_convolution(w, x, heads):
    before, after, v = (x @ w["to_gates_and_values.weight"].T).chunk(3, dim=-1)
    return (after * _conv(before * v, w["conv.weight"])) @ w["to_out.weight"].T


def hyena(w, x, heads):
    """Poli et al. 2023, definition 3.1 with N = 2, the long filter by its own sum."""
    q, k, v = _conv(x @ w["to_qkv.weight"].T, w["conv.weight"]).chunk(3, dim=-1)
    u = k * v
    taps = []
    for lag in range(x.shape[1]):
        phases = torch.tensor([lag / 2**i for i in range(8)], dtype=x.dtype)
        hidden = w["filter.hidden.weight"] @ torch.cat((phases.sin(), phases.cos()))
        hidden = (hidden + w["filter.hidden.bias"]).sin()
        window = torch.exp(-lag * w["filter.log_rate"].exp())
        taps.append(window * (w["filter.out.weight"] @ hidden))
    out = torch.zeros_like(u)
    for t in range(x.shape[1]):
        for s in range(t + 1):
            out[:, t] += taps[t - s] * u[:, s]
    return (q * (out + w["skip"] * u)) @ w["to_out.weight"].T


def linear_attention(w, x, heads):
    """Katharopoulos et al. 2020, equations 18 to 20."""
    q, k, v = _qkv(w, x, heads)
    q, k = F.elu(q) + 1, F.elu(k) + 1
    out, s, z = [], 0.0, 0.0
    for q_t, k_t, v_t in _steps(q, k, v):
        s = s + _outer(k_t, v_t)
        z = z + k_t
        out.append(_apply(s, q_t) / (q_t * z).sum(-1, keepdim=True))
    return _merge(torch.stack(out, 2)) @ w["to_out.weight"].T


def retnet(w, x, heads):
    """Sun et al. 2023, equations 6 and 8: gamma = 1 - 2^(-5-h), group norm, swish gate."""
    q, k, v = _qkv(w, x, heads)
    q, k = _rope(q) / math.sqrt(q.shape[-1]), _rope(k)
    gamma = torch.tensor([1 - 2.0 ** (-5 - h) for h in range(heads)], dtype=x.dtype)
    out, s = [], 0.0
    for q_t, k_t, v_t in _steps(q, k, v):
        s = gamma[:, None, None] * s + _outer(k_t, v_t)
        out.append(_apply(s, q_t))
    return _gated_out(w, x, _layer_norm(w, torch.stack(out, 2)), F.silu)


def gla(w, x, heads):
    """Yang et al. 2023, equation 3 and section 4.4: alpha = sigmoid(low rank)^(1/16)."""
    q, k, v = _qkv(w, x, heads)
    q = q / math.sqrt(q.shape[-1])
    alpha = (_low_rank(w, "to_decay", x) + w["decay_bias"]).sigmoid() ** (1 / 16)
    alpha = _heads(alpha, heads)
    out, s = [], 0.0
    for q_t, k_t, v_t, a_t in _steps(q, k, v, alpha):
        s = a_t[..., None] * s + _outer(k_t, v_t)
        out.append(_apply(s, q_t))
    return _gated_out(w, x, _rms_norm(w, torch.stack(out, 2)), F.silu)


def mamba2(w, x, heads):
    """Dao and Gu 2024: h = exp(-dt A) h + dt B x^T, y = C h + D x, norm(y silu(z))."""
    c, b = (_silu_conv(w, role, x) for role in "qk")
    c, b = c / math.sqrt(c.shape[-1]), b
    v = _heads(_silu_conv(w, "v", x), heads)
    dt = F.softplus(x @ w["to_step.weight"].T + w["step_bias"])
    decay = torch.exp(-dt * w["log_rate"].exp())
    out, h = [], 0.0
    for t in range(x.shape[1]):
        write = dt[:, t, :, None, None] * b[:, t, None, :, None] * v[:, :, t, None, :]
        h = decay[:, t, :, None, None] * h + write
        y = torch.einsum("bhkv,bk->bhv", h, c[:, t])
        out.append(y + w["skip"][:, 0] * v[:, :, t])
    gate = _heads(F.silu(x @ w["to_gate.weight"].T), heads)
    return _merge(_rms_norm(w, torch.stack(out, 2) * gate)) @ w["to_out.weight"].T


def deltanet(w, x, heads):
    """Yang et al. 2024 (2406.06484), equation 3: S = S (I - beta k k^T) + beta v k^T."""
    q, k, v = _unit_qkv(w, x, heads)
    beta = (x @ w["to_beta.weight"].T).sigmoid().mT
    out, s = [], torch.zeros(*q.shape[:2], v.shape[-1], k.shape[-1], dtype=x.dtype)
    for t in range(x.shape[1]):
        k_t, b_t = k[:, :, t], beta[:, :, t, None, None]
        erase = torch.eye(k.shape[-1], dtype=x.dtype) - b_t * _outer(k_t, k_t)
        s = s @ erase + b_t * _outer(v[:, :, t], k_t)
        out.append(torch.einsum("bhvk,bhk->bhv", s, q[:, :, t]))
    return _merge(_rms_norm(w, torch.stack(out, 2))) @ w["to_out.weight"].T


def gated_deltanet(w, x, heads):
    """Yang et al. 2024 (2412.06464), equation 10: S = S alpha (I - beta k k^T) + beta v k^T."""
    q, k, v = _unit_qkv(w, x, heads)
    beta = (x @ w["to_beta.weight"].T).sigmoid().mT
    dt = F.softplus(x @ w["to_step.weight"].T + w["step_bias"])
    alpha = torch.exp(-dt * w["log_rate"].exp()).mT
    out, s = [], torch.zeros(*q.shape[:2], v.shape[-1], k.shape[-1], dtype=x.dtype)
    for t in range(x.shape[1]):
        k_t, b_t = k[:, :, t], beta[:, :, t, None, None]
        erase = torch.eye(k.shape[-1], dtype=x.dtype) - b_t * _outer(k_t, k_t)
        s = alpha[:, :, t, None, None] * s @ erase + b_t * _outer(v[:, :, t], k_t)
        out.append(torch.einsum("bhvk,bhk->bhv", s, q[:, :, t]))
    return _gated_out(w, x, _rms_norm(w, torch.stack(out, 2)), F.silu)


def kda(w, x, heads):
    """Kimi Linear (2510.26692), equation 1: S = (I - beta k k^T) Diag(alpha) S + beta k v^T."""
    q, k, v = _unit_qkv(w, x, heads)
    beta = (x @ w["to_beta.weight"].T).sigmoid().mT
    dt = _heads(F.softplus(_low_rank(w, "to_step", x) + w["step_bias"]), heads)
    alpha = torch.exp((-dt * w["log_rate"].exp()[:, None, None]).clamp(min=-5))
    out, s = [], torch.zeros(*q.shape[:2], k.shape[-1], v.shape[-1], dtype=x.dtype)
    for t in range(x.shape[1]):
        k_t, b_t = k[:, :, t], beta[:, :, t, None, None]
        erase = torch.eye(k.shape[-1], dtype=x.dtype) - b_t * _outer(k_t, k_t)
        s = erase @ (alpha[:, :, t, :, None] * s) + b_t * _outer(k_t, v[:, :, t])
        out.append(_apply(s, q[:, :, t]))
    return _gated_out(w, x, _rms_norm(w, torch.stack(out, 2)), torch.sigmoid)


def rwkv7(w, x, heads):
    """Peng et al. 2025, section 4: S = S (diag(w) - k^T (a k)) + v^T k, with a bonus."""
    past = torch.cat((torch.zeros_like(x[:, :1]), x[:, :-1]), 1)
    names = ("q", "k", "v", "decay", "rate", "gate")
    mixed = {name: torch.lerp(x, past, mu) for name, mu in zip(names, w["mix"], strict=True)}
    q, k, v = (_project(w, name, mixed[name], heads) for name in "qkv")
    inner = (mixed["decay"] @ w["to_decay.0.weight"].T).tanh() @ w["to_decay.2.weight"].T
    decay = torch.exp(-math.exp(-0.5) * (w["decay_bias"] + inner).sigmoid())
    rate = (_low_rank(w, "to_rate", mixed["rate"]) + w["rate_bias"]).sigmoid()
    decay, rate = _heads(decay, heads), _heads(rate, heads)
    removal = k * w["remove_scale"]
    removal = removal / removal.norm(dim=-1, keepdim=True)
    k = k * (1 + (rate - 1) * w["write_scale"])
    out, s = [], torch.zeros(*q.shape[:2], v.shape[-1], k.shape[-1], dtype=x.dtype)
    for q_t, k_t, v_t, w_t, a_t, r_t in _steps(q, k, v, decay, rate, removal):
        s = s @ (torch.diag_embed(w_t) - _outer(r_t, a_t * r_t)) + _outer(v_t, k_t)
        out.append(torch.einsum("bhvk,bhk->bhv", s, q_t))
    out = _layer_norm(w, torch.stack(out, 2))
    out = out + (q * w["bonus"] * k).sum(-1, keepdim=True) * v
    return _gated_out(w, mixed["gate"], out, torch.sigmoid)


MIXERS = {
    "identity": identity,
    "softmax-attention": softmax_attention,
    "sliding-window": sliding_window,
    "short-convolution": short_convolution,
    "hyena": hyena,
    "linear-attention": linear_attention,
    "retnet": retnet,
    "gla": gla,
    "mamba2": mamba2,
    "deltanet": deltanet,
    "gated-deltanet": gated_deltanet,
    "kda": kda,
    "rwkv7": rwkv7,
}


def _heads(x, heads):
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


def _merge(x):
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


def _project(w, role, x, heads):
    """A projection, and its short convolution where the weights have one."""
    y = x @ w[f"to_{role}.weight"].T
    return _heads(y if f"conv_{role}.weight" not in w else _silu_conv(w, role, x), heads)


def _silu_conv(w, role, x):
    return F.silu(_conv(x @ w[f"to_{role}.weight"].T, w[f"conv_{role}.weight"]))


def _qkv(w, x, heads):
    return (_project(w, role, x, heads) for role in "qkv")


def _unit_qkv(w, x, heads):
    q, k, v = _qkv(w, x, heads)
    return q / q.norm(dim=-1, keepdim=True), k / k.norm(dim=-1, keepdim=True), v


def _conv(x, weight):
    """y_t = sum_i weight_i x_{t - kernel + 1 + i}."""
    out = torch.zeros_like(x)
    for t in range(x.shape[1]):
        for i, tap in enumerate(weight):
            source = t - len(weight) + 1 + i
            if source >= 0:
                out[:, t] += tap * x[:, source]
    return out


def _rope(x):
    """RoFormer, equation 34, pairing channel i with channel i + d/2, as complex numbers."""
    half = x.shape[-1] // 2
    theta = torch.tensor([10000.0 ** (-i / half) for i in range(half)], dtype=x.dtype)
    angle = torch.arange(x.shape[2], dtype=x.dtype)[:, None] * theta
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(
        torch.ones_like(angle), angle
    )
    return torch.cat((turned.real, turned.imag), -1)


def _low_rank(w, name, x):
    return x @ w[f"{name}.0.weight"].T @ w[f"{name}.1.weight"].T


def _steps(*tensors):
    return zip(*(x.unbind(2) for x in tensors), strict=True)


def _outer(a, b):
    return a[..., :, None] * b[..., None, :]


def _apply(s, q):
    return torch.einsum("bhkv,bhk->bhv", s, q)


def _rms_norm(w, x):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * w["norm.weight"]


def _layer_norm(w, x):
    centred = x - x.mean(-1, keepdim=True)
    scale = torch.rsqrt(centred.square().mean(-1, keepdim=True) + 1e-5)
    return centred * scale * w["norm.weight"] + w["norm.bias"]


def _gated_out(w, x, out, activation):
    gate = x @ w["to_gate.weight"].T if "to_gate.weight" in w else _low_rank(w, "to_gate", x)
    return (_merge(out) * activation(gate)) @ w["to_out.weight"].T
