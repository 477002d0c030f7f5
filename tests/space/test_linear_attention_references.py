"""Every reference equals its paper's recurrence, taken one step at a time."""

import importlib.util
from pathlib import Path

import pytest
import torch

from discover.space.linear_attention import references, space

D_MODEL, HEADS = 32, 2


def _naive_mixers():
    spec = importlib.util.spec_from_file_location(
        "naive_mixers", Path(__file__).with_name("naive_mixers.py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MIXERS


NAIVE = _naive_mixers()
REFERENCES = references()


def jittered_mixer(blueprint):
    """The rendered mixer, no weight of which is left at zero or one."""
    namespace = {}
    exec(compile(space().render(blueprint), "<mixer>", "exec"), namespace)
    torch.manual_seed(0)
    mixer = namespace["Mixer"](D_MODEL, HEADS)
    with torch.no_grad():
        for weight in mixer.parameters():
            weight += 0.1 * torch.randn_like(weight)
    return mixer


def relative_error(blueprint, naive, length):
    mixer = jittered_mixer(blueprint)
    x = torch.randn(2, length, D_MODEL, generator=torch.Generator().manual_seed(length))
    weights = {name: value.double() for name, value in mixer.state_dict().items()}
    with torch.no_grad():
        got, expected = mixer(x).double(), naive(weights, x.double(), HEADS)
    return ((got - expected).abs().max() / expected.abs().max()).item()


@pytest.mark.parametrize("length", [1, 2, 63, 64, 65, 130])
@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_reference_equals_its_recurrence(name, length):
    naive = NAIVE[name.removesuffix("+conv")]
    assert relative_error(REFERENCES[name], naive, length) < 1e-4
