"""What a pass through a mixer costs: exact counts of small ones."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from discover.evaluators.linear_attention.costs import activation_bytes, forward_flops
from discover.evaluators.linear_attention.probes import GateOps
from discover.evaluators.linear_attention.shapes import D_MODEL

D = 16
FLOAT = 4


class Of(nn.Module):
    """A mixer of one function of itself and its input."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.register_buffer("decay", torch.ones(D))

    def forward(self, x):
        return self.function(self, x)


def inner_gradient(_, x):
    """As a layer does that learns while it runs: its graph is gone when it returns."""
    inside = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad((inside.exp() ** 2).sum(), inside)
    return x + gradient


def attention(_, x):
    heads = x[:, None]
    return F.scaled_dot_product_attention(heads, heads, heads, is_causal=True)[:, 0]


def no_gradients(_, x):
    if torch.is_grad_enabled():
        raise RuntimeError("I do not learn")
    return x @ x.mT @ x


def ops_with(mixer):
    ops = GateOps.__new__(GateOps)
    ops.mixers = {(0, 0.0): mixer}
    return ops


def test_a_linear_layer_multiplies_once_a_weight_and_keeps_its_input():
    layer, x = nn.Linear(D, D), torch.randn(2, 5, D)
    assert forward_flops(layer, x) == 2 * 5 * 2 * D * D
    assert activation_bytes(layer, x) == 2 * 5 * D * FLOAT


@pytest.mark.parametrize(
    ("function", "flops"),
    [
        (attention, 4 * 8 * 8 * D),
        (lambda _, x: F.conv1d(x.mT, torch.ones(D, 1, 3), padding=1, groups=D).mT, 2 * 8 * 3 * D),
        (lambda _, x: torch.fft.irfft(torch.fft.rfft(x.exp().cumsum(1)), n=D), 0),
    ],
    ids=["attention", "convolution", "not counted"],
)
def test_what_counts_as_an_operation(function, flops):
    assert forward_flops(Of(function), torch.randn(1, 8, D)) == flops


@pytest.mark.parametrize(
    ("function", "tensors"),
    [
        (lambda _, x: x + 1, 0),
        (lambda _, x: x.exp(), 1),
        (lambda _, x: x * x.flip(1), 2),
        (lambda _, x: x * x[:, :1], 1),
        (lambda _, x: x.exp()[:, :1] * x[:, :1], 2),
        (lambda self, x: x * self.decay, 0),
        (inner_gradient, 0),
    ],
    ids=["none", "output", "two", "views of one", "views of two", "buffer", "graph that is gone"],
)
def test_what_is_kept_for_the_backward_pass_counts_once(function, tensors):
    assert activation_bytes(Of(function), torch.randn(2, 5, D)) == tensors * 2 * 5 * D * FLOAT


def test_costs_are_told_by_the_token():
    told = ops_with(nn.Linear(D_MODEL, D_MODEL)).costs(8, 0, 0.0)
    assert told["flops"] == 2 * D_MODEL * D_MODEL
    assert told["activation_bytes"] == D_MODEL * FLOAT
    assert told["training_forward_ns"] > 0 and told["backward_ns"] > 0


def test_a_probe_that_fails_costs_that_one_alone():
    told = ops_with(Of(no_gradients)).costs(8, 0, 0.0)
    assert told.pop("flops") == 2 * 2 * 8 * D_MODEL
    assert all(math.isnan(value) for value in told.values())


def test_counts_are_the_same_whatever_was_drawn_before():
    ops = ops_with(Of(lambda _, x: x * F.pad(x[x > 0].exp(), (0, 1))[-2]))
    first = ops.costs(8, 0, 0.0)["activation_bytes"]
    torch.randn(3)
    assert ops.costs(8, 0, 0.0)["activation_bytes"] == first
