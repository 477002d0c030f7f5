"""The recurrences that mixers are made of: strong decays, long inputs, linear cost."""

from pathlib import Path
from random import Random

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from discover.space import Level
from discover.space.linear_attention import references, space
from discover.space.linear_attention.library import additive, delta
from discover.space.linear_attention.parts import ORDER, library

GRAMMAR = space()


def tensors(length, d=8):
    generator = torch.Generator().manual_seed(length)
    q, k, v = torch.randn(3, 1, 2, length, d, generator=generator)
    return q, torch.nn.functional.normalize(k, dim=-1), v


def stepwise(q, k, v, decay, beta=None, remove=None, write=None):
    """S = A S - write (S^T remove)^T + k v^T in float64, one step at a time.

    The delta rule removes what k reads after the decay, beta times, and adds beta k v^T.
    """
    q, k, v, decay = (x.double() for x in (q, k, v, decay))
    s, out = torch.zeros(*q.shape[:2], q.shape[-1], v.shape[-1], dtype=torch.double), []
    for t in range(q.shape[2]):
        kept = decay[:, :, t].exp()[..., None] * s
        new = v[:, :, t]
        if beta is not None:
            read = torch.einsum("bhkv,bhk->bhv", kept, k[:, :, t])
            new = beta[:, :, t, None].double() * (new - read)
        if remove is not None:
            read = torch.einsum("bhkv,bhk->bhv", s, remove[:, :, t].double())
            kept = kept - write[:, :, t, :, None].double() * read[:, :, None]
        s = kept + k[:, :, t, :, None] * new[:, :, None]
        out.append(torch.einsum("bhkv,bhk->bhv", s, q[:, :, t]))
    return torch.stack(out, 2)


def error(got, expected):
    return ((got.double() - expected).abs().max() / expected.abs().max()).item()


@pytest.mark.parametrize("strength", ["none", "mixed", "full"])
def test_decays_from_none_to_the_bound_agree_with_single_steps(strength):
    length = 100
    q, k, v = tensors(length)
    floor = {"none": 0.0, "mixed": -5.0, "full": -5.0}[strength]
    channel = torch.full_like(q, floor)
    if strength == "mixed":
        channel[:, :, ::3] = -0.01
        channel[..., ::2] = -1e-4
    head = channel[..., 1].clone() * 20  # one decay for each head may be far stronger
    by_head = head[..., None].expand_as(q)
    beta = torch.rand(1, 2, length, generator=torch.Generator().manual_seed(0)) * 2
    write = 0.9 * k
    pairs = {
        "decayed": (additive.decayed_linear_attention(q, k, v, head), stepwise(q, k, v, by_head)),
        "gated": (additive.gated_linear_attention(q, k, v, channel), stepwise(q, k, v, channel)),
        "delta": (
            delta.gated_delta_rule(q, k, v, head, beta),
            stepwise(q, k, v, by_head, beta),
        ),
        "channel delta": (
            delta.channel_gated_delta_rule(q, k, v, channel, beta),
            stepwise(q, k, v, channel, beta),
        ),
        "low rank": (
            delta.diagonal_plus_low_rank(q, k, v, channel, k, write),
            stepwise(q, k, v, channel, remove=k, write=write),
        ),
    }
    assert {name: error(*pair) for name, pair in pairs.items() if error(*pair) > 1e-4} == {}


def test_negative_eigenvalues_hold_over_long_inputs():
    """At beta near 2 the state is reflected, not shrunk: errors have nothing to fade in."""
    length = 2000
    q, k, v = tensors(length)
    beta = torch.full((1, 2, length), 1.99)
    got = delta.delta_rule(q, k, v, beta)
    assert error(got, stepwise(q, k, v, torch.zeros_like(q), beta)) < 1e-4


def test_strong_decays_have_finite_gradients():
    q, k, v = (x.requires_grad_() for x in tensors(70))
    channel = torch.full((1, 2, 70, 8), -5.0, requires_grad=True)
    head = torch.full((1, 2, 70), -300.0, requires_grad=True)
    beta = torch.ones(1, 2, 70, requires_grad=True)
    outputs = (
        additive.decayed_linear_attention(q, k, v, head),
        additive.gated_linear_attention(q, k, v, channel),
        delta.gated_delta_rule(q, k, v, head, beta),
        delta.channel_gated_delta_rule(q, k, v, channel, beta),
        delta.diagonal_plus_low_rank(q, k, v, channel, k, k),
    )
    for out in outputs:
        gradients = torch.autograd.grad(out.square().sum(), (q, k, v), retain_graph=True)
        assert all(g.isfinite().all() for g in gradients)


def flops(blueprint, length):
    namespace = {}
    exec(compile(GRAMMAR.render(blueprint), "<mixer>", "exec"), namespace)
    mixer = namespace["Mixer"](32, 2)
    countable = sdpa_kernel(SDPBackend.MATH)  # the fused kernel is not counted on CPU
    with countable, FlopCounterMode(display=False) as counter, torch.no_grad():
        mixer(torch.randn(1, length, 32))
    return counter.get_total_flops()


def test_only_softmax_attention_costs_more_than_linearly():
    designs = references()
    growth = {name: flops(b, 512) / max(1, flops(b, 256)) for name, b in designs.items()}
    assert {name for name, ratio in growth.items() if ratio > 2.1} == {"softmax-attention"}
    assert all(ratio > 1.9 for name, ratio in growth.items() if name != "identity")


def test_a_delta_rule_with_negative_eigenvalues_is_one_node_edit_away():
    menu = GRAMMAR.edits(references()["deltanet"], Level.NODE, Random(0))
    (edit,) = [e for e in menu if e.label == "delta: negative False -> True"]
    source = GRAMMAR.render(GRAMMAR.apply(references()["deltanet"], edit))
    assert "beta = 2 * self.to_beta" in source and "2411.12537" in source


def test_quadratic_attention_and_identity_are_never_proposed():
    rng = Random(0)
    for blueprint in (*references().values(), *(GRAMMAR.sample(rng) for _ in range(50))):
        before = GRAMMAR.tokens(blueprint)
        for level in Level:
            for edit in GRAMMAR.edits(blueprint, level, rng):
                after = GRAMMAR.tokens(edit.subtree)
                for name in ("softmax_attention", "identity"):
                    assert name in before or name not in after


def test_every_part_of_the_library_is_used_by_some_design():
    folder = Path(additive.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(ORDER)
    sources = [GRAMMAR.render(b) for b in references().values()]
    for part in library():
        assert any(part.source in source for source in sources), part.name
