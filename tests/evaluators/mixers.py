"""Small honest mixers, and one planted cheat for every way that a gate must close.

python tests/evaluators/mixers.py      the cheats and their gates, for docs/security.md
"""

import textwrap


def mixer(forward: str, init: str = "") -> str:
    """Source of a linear-attention-sized mixer with this body of `forward`."""
    head = """
    import torch
    from torch import nn
    from torch.nn import functional as F


    class Mixer(nn.Module):
        def __init__(self, d_model: int, n_heads: int):
            super().__init__()
            self.n_heads = n_heads
            self.q, self.k, self.v, self.o = (
                nn.Linear(d_model, d_model, bias=False) for _ in range(4)
            )
    """
    rest = '''
        def attend(self, x):
            """Causal linear attention with feature map elu + 1, in chunks of 64."""
            b, t, d = x.shape
            x = F.pad(x, (0, 0, 0, -t % 64))
            shape = (b, -1, 64, self.n_heads, d // self.n_heads)
            q, k, v = (f(x).view(shape).transpose(2, 3) for f in (self.q, self.k, self.v))
            q, k = F.elu(q) + 1, F.elu(k) + 1
            states = (k.mT @ v).cumsum(1)
            states = F.pad(states, (0, 0, 0, 0, 0, 0, 1, 0))[:, :-1]
            sums = F.pad(k.sum(3).cumsum(1), (0, 0, 0, 0, 1, 0))[:, :-1]
            scores = (q @ k.mT).tril()
            y = q @ states + scores @ v
            z = (q * sums[:, :, :, None]).sum(-1, keepdim=True) + scores.sum(-1, keepdim=True)
            y = (y / z.clamp(min=1e-6)).transpose(2, 3).reshape(b, -1, d)
            return self.o(y[:, :t])

        def softmax(self, x):
            """Causal softmax attention."""
            b, t, d = x.shape
            shape = (b, t, self.n_heads, -1)
            q, k, v = (f(x).view(shape).transpose(1, 2) for f in (self.q, self.k, self.v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.o(y.transpose(1, 2).reshape(b, t, d))

        def forward(self, x):
    '''
    parts = textwrap.dedent(head).rstrip() + "\n"
    parts += textwrap.indent(textwrap.dedent(init), " " * 8)
    parts += textwrap.indent(textwrap.dedent(rest).rstrip(), " " * 4) + "\n"
    return parts + textwrap.indent(textwrap.dedent(forward), " " * 8)


LINEAR = mixer("return self.attend(x)\n")

IDENTITY = """
from torch import nn


class Mixer(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()

    def forward(self, x):
        return x
"""

SOFTMAX = mixer("return self.softmax(x)\n")

WINDOWED_SOFTMAX = mixer(
    """
    b, t, d = x.shape
    w = 512
    x = F.pad(x, (0, 0, 0, -t % w))
    n = x.shape[1] // w
    shape = (b, n, w, self.n_heads, d // self.n_heads)
    q, k, v = (f(x).view(shape).transpose(2, 3) for f in (self.q, self.k, self.v))
    k, v = (torch.cat([F.pad(a, (0, 0, 0, 0, 0, 0, 1, 0))[:, :-1], a], dim=3) for a in (k, v))
    near = torch.ones(w, 2 * w, dtype=torch.bool).tril(w).triu(1).repeat(n, 1, 1, 1)
    near[0, :, :, :w] = False
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=near)
    return self.o(y.transpose(2, 3).reshape(b, n * w, d)[:, :t])
    """
)
"""Softmax attention over the last 512 positions: linear in time, and all of a task's length."""

NEXT = "torch.cat([x[:, 1:], x[:, -1:]], dim=1)"

CHEATS = {
    "looks one step ahead": ("causality", mixer(f"return self.attend({NEXT})\n")),
    "mixes the batch by batch normalisation": (
        "batch",
        mixer("return self.norm(self.attend(x).mT).mT\n", "self.norm = nn.BatchNorm1d(d_model)\n"),
    ),
    "looks ahead through a zero-initialised branch": (
        "causality",
        mixer(
            f"return self.attend(x) + self.gate * {NEXT}\n",
            "self.gate = nn.Parameter(torch.zeros(d_model))\n",
        ),
    ),
    "looks ahead only beyond 256 positions": (
        "causality",
        mixer(f"return torch.cat([self.attend(x)[:, :256], {NEXT}[:, 256:]], dim=1)\n"),
    ),
    "looks ahead through the mean over time": (
        "causality",
        mixer("return self.attend(x - x.mean(1, keepdim=True))\n"),
    ),
    "scales with the length": ("prefix", mixer("return self.attend(x) * x.shape[1]\n")),
    "looks ahead only while training": (
        "causality",
        mixer(f"return self.attend({NEXT} if self.training else x)\n"),
    ),
    "mixes the batch": ("batch", mixer("return self.attend(x) + x.mean(0, keepdim=True)\n")),
    "is quadratic": ("scaling", SOFTMAX),
    "is quadratic, and padded where it is timed": (
        "scaling",
        mixer(
            """
            t = x.shape[1]
            return self.softmax(F.pad(x, (0, 0, 0, 8192 - t if t > 600 else 0)))[:, :t]
            """
        ),
    ),
    "is quadratic with one narrow head": (
        "scaling",
        mixer(
            """
            q, k, v = (f(x)[:, None, :, :8] for f in (self.q, self.k, self.v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)[:, 0]
            return self.o(F.pad(y, (0, x.shape[2] - 8)))
            """
        ),
    ),
    "is quadratic where it is not timed": (
        "scaling",
        mixer("return self.softmax(x) if x.shape[1] < 2000 else self.o(x)\n"),
    ),
    "is quadratic, and remembers its answers": (
        "scaling",
        mixer(
            """
            known = self.known.get(x.shape[1])
            if known is None or not torch.equal(known[0], x):
                known = self.known[x.shape[1]] = x.clone(), self.softmax(x)
            return known[1]
            """,
            "self.known = {}\n",
        ),
    ),
    "hides a leak beside a huge number": (
        "causality",
        mixer(
            f"""
            y = self.attend(x) + {NEXT}
            return torch.cat([y[..., :-1], torch.full_like(y[..., -1:], 1e6)], dim=-1)
            """
        ),
    ),
    "is too large": (
        "parameters",
        mixer("return self.attend(x)\n", "self.more = nn.Linear(d_model, 4 * d_model)\n"),
    ),
    "is too small": ("parameters", IDENTITY),
    "fails at length 1": ("lengths", mixer("return self.attend(x) / x[:, 1:].std()\n")),
    "yields non-finite values": ("lengths", mixer("return self.attend(x).log()\n")),
    "overflows": ("extremes", mixer("return self.attend(x) * x.abs().exp()\n")),
    "keeps state across calls": (
        "determinism",
        mixer(
            "self.calls += 1\nreturn self.attend(x) * (1 + 0.01 * self.calls)\n",
            "self.calls = 0\n",
        ),
    ),
    "cannot do bfloat16": (
        "bfloat16",
        mixer("return self.attend(x) + x @ torch.eye(x.shape[-1])\n"),
    ),
    "detaches its input": ("gradients", mixer("return self.attend(x.detach())\n")),
    "cannot be trained from where it starts": (
        "overfit",
        mixer(
            "return self.attend(x) * (1 + self.scale.abs().sqrt())\n",
            "self.scale = nn.Parameter(torch.zeros(1))\n",
        ),
    ),
    "imports the operating system": ("source", "import os\n" + LINEAR),
    "has no Mixer": ("source", LINEAR.replace("class Mixer", "class Blender")),
    "takes other arguments": ("source", LINEAR.replace("d_model: int, n_heads", "width: int, n")),
    "is not Python": ("source", LINEAR + "\nclass (:"),
    "raises in its constructor": (
        "parameters",
        mixer("return self.attend(x)\n", "raise RuntimeError('no')\n"),
    ),
    "returns another shape": ("lengths", mixer("return self.attend(x)[..., :1]\n")),
}
"""Name of the cheat: the gate that must fail, and the source."""

if __name__ == "__main__":
    print("| a mixer that | is turned away by |\n|---|---|")
    for name, (gate, _) in CHEATS.items():
        print(f"| {name} | {gate} |")
