"""What is measured of a mixer without training it."""

import math

import pytest
import torch
from torch import nn

from discover.evaluators.linear_attention.probes import GateOps
from discover.evaluators.linear_attention.proxies import jacobian_covariance, synaptic_flow


class Constant(nn.Module):
    def forward(self, x):
        return torch.ones_like(x)


class Fragile(nn.Linear):
    def forward(self, x):
        if bool((x == 1).all()):
            raise RuntimeError("ones are beneath me")
        return super().forward(x)


def test_rows_that_pull_alike_cost_more_than_rows_that_do_not():
    x = torch.randn(8, 5, 16, generator=torch.Generator().manual_seed(0))
    alike = jacobian_covariance(nn.Linear(16, 16), x)
    apart = jacobian_covariance(nn.Sequential(nn.Linear(16, 64), nn.Tanh(), nn.Linear(64, 16)), x)
    assert apart < alike


def test_flow_is_the_product_of_the_weights_along_all_ways():
    layer = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[-3.0, 2.0]]))
    assert synaptic_flow(layer, 4, 2) == pytest.approx(math.log(4 * (3 + 2)))
    assert layer.weight.tolist() == [[-3.0, 2.0]], "the mixer itself keeps its weights"


def test_a_mixer_that_cannot_be_asked_has_no_figure():
    ops = GateOps.__new__(GateOps)
    ops.mixers = {(0, 0.0): Fragile(16, 16), (1, 0.0): Constant()}
    x = torch.randn(4, 5, 16).numpy()
    fragile, constant = ops.proxies(x, 0, 0.0), ops.proxies(x, 1, 0.0)
    assert math.isfinite(fragile["jacobian"]) and math.isnan(fragile["synflow"])
    assert math.isnan(constant["jacobian"]) and not math.isfinite(constant["synflow"])
