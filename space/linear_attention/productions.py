"""The rules of the linear-attention grammar.

A model repeats one or two mixers over its depth. A mixer keeps its parameters near the
4 d^2 of softmax attention whatever it is made of, so that sampled designs stay within
the parameter band: keys may be half as wide as values, gates are of low rank where they
add to full-width keys, and branches share the width of the whole.
"""

from __future__ import annotations

from ..levels import Level
from ..production import Choice, Production, Slot

ROOT: Slot = ("model",)
FEATURE: Slot = ("feature", "positive feature", "unit feature")
DECAY: Slot = ("decay", "channel decay")
MIXER: Slot = ("mixer",)

KERNELS = Choice((4, 2, 3, 8))
ACTIVATIONS = Choice(("silu", "none"))
RANKS = Choice(("d/8", "d/4"))
DEFAULT = "default"
"""A recipe's value that leaves the harness's own."""


def _recipe(*values: float) -> Choice:
    return Choice((DEFAULT, *values), Level.FRAMEWORK, keep=0.8)


def _framework(name: str, state: str, *children: Slot, weight: float = 1.0) -> Production:
    return Production(name, state, Level.FRAMEWORK, children, weight=weight)


def _structure(
    name: str, state: str, *children: Slot, weight: float = 1.0, **params: Choice
) -> Production:
    return Production(name, state, Level.STRUCTURE, children, params, weight)


def _node(name: str, state: str, weight: float = 1.0, **params: Choice) -> Production:
    return Production(name, state, Level.NODE, (), params, weight)


FRAMEWORK = (
    Production(
        "model",
        "model",
        Level.FRAMEWORK,
        (("layers",),),
        {
            "norm": Choice(("pre", "post", "sandwich"), Level.FRAMEWORK, keep=0.8),
            "lr": _recipe(0.5, 2.0),
            "weight_decay": _recipe(0.0, 0.1),
            "warmup": _recipe(0.0, 0.2),
            "beta2": _recipe(0.99, 0.999),
        },
    ),
    _framework("uniform", "layers", MIXER, weight=3.0),
    _framework("alternating", "layers", MIXER, MIXER),
)

MERGES = Choice(("concatenate", "sum", "gated sum"), Level.STRUCTURE)

MIXERS = (
    _structure(
        "recurrence",
        "mixer",
        ("inputs",),
        ("projection",),
        ("update",),
        ("readout",),
        weight=12.0,
    ),
    _structure("parallel", "mixer", MIXER, MIXER, weight=1.5, merge=MERGES),
    _structure("serial", "mixer", MIXER, MIXER, weight=0.5),
    _structure(
        "sliding_window",
        "mixer",
        window=Choice((16, 8, 32, 64)),
        rotary=Choice((True, False)),
        weight=1.5,
    ),
    _structure("short_convolution", "mixer", kernel=KERNELS),
    _structure("long_convolution", "mixer", kernel=Choice((3, 2, 4)), width=Choice((32, 16))),
    _structure("softmax_attention", "mixer", rotary=Choice((True, False)), weight=0.0),
    _structure("identity", "mixer", weight=0.0),
)

INPUTS = (
    _structure("plain_input", "inputs", weight=2.0),
    _structure("token_shift", "inputs"),
    _structure("convolved_input", "inputs", kernel=KERNELS, activation=ACTIVATIONS),
)

KEYS = Choice(("full", "half", "shared"))

PROJECTIONS = (
    _structure("projection", "projection", keys=KEYS, rotary=Choice((False, True))),
    _structure(
        "convolved_projection",
        "projection",
        keys=KEYS,
        rotary=Choice((False, True)),
        kernel=KERNELS,
        activation=ACTIVATIONS,
        weight=2.0,
    ),
)

UPDATES = (
    _structure("additive", "update", FEATURE, DECAY, weight=2.0),
    _structure("normalised", "update", ("positive feature",), DECAY),
    _structure(
        "delta", "update", ("unit feature",), DECAY, negative=Choice((False, True)), weight=3.0
    ),
    _structure(
        "low_rank",
        "update",
        ("channel decay",),
        rank=RANKS,
        negative=Choice((False, True)),
    ),
)

FEATURES = (
    _node("linear_feature", "feature"),
    _node("silu_feature", "feature"),
    _node("elu_feature", "positive feature"),
    _node("relu_feature", "positive feature"),
    _node("softmax_feature", "positive feature"),
    _node("unit_feature", "unit feature", activation=Choice(("none", "silu", "relu"))),
)

DECAYS = (
    _node("no_decay", "decay"),
    _node("fixed_decay", "decay", weight=0.5, learned=Choice((False, True))),
    _node("step_decay", "decay", scale_values=Choice((False, True))),
    _node("sigmoid_decay", "decay", temperature=Choice((16, 1, 4))),
    _node("channel_sigmoid_decay", "channel decay", rank=RANKS, temperature=Choice((16, 1, 4))),
    _node("channel_step_decay", "channel decay", rank=RANKS),
    _node("channel_bounded_decay", "channel decay", rank=RANKS),
)

NORMS = Choice(("rms", "layer", "none"))
SKIPS = Choice(("none", "value", "bonus"))

READOUTS = (
    _structure("ungated_readout", "readout", norm=NORMS, skip=SKIPS),
    _structure(
        "gated_readout",
        "readout",
        norm=NORMS,
        skip=SKIPS,
        activation=Choice(("silu", "sigmoid")),
        rank=Choice(("full", "d/4", "d/8")),
        gate_first=Choice((False, True)),
        weight=2.0,
    ),
)

PRODUCTIONS = (
    *FRAMEWORK,
    *MIXERS,
    *INPUTS,
    *PROJECTIONS,
    *UPDATES,
    *FEATURES,
    *DECAYS,
    *READOUTS,
)
