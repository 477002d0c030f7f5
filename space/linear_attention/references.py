"""Published designs as blueprints of the grammar, sized to about 4 d^2 parameters a mixer.

Where a paper widens its values (RetNet, GLA, Gated DeltaNet, Mamba-2), the ratio of key to
value width is kept and the whole shrunk, so that designs differ in kind and not in size.
"""

from __future__ import annotations

from ..blueprint import Blueprint, Value, make
from .productions import DEFAULT


def references() -> dict[str, Blueprint]:
    """Name to blueprint; `<name>+conv` adds a short convolution that its paper lacks."""
    mixers = {
        "identity": make("identity"),
        "softmax-attention": make("softmax_attention", rotary=True),
        "sliding-window": make("sliding_window", window=16, rotary=True),
        "short-convolution": make("short_convolution", kernel=4),
        "hyena": make("long_convolution", kernel=3, width=32),
    }
    for name, mixer in _recurrences().items():
        mixers[name] = mixer
        if mixer.children[1].production == "projection":
            mixers[f"{name}+conv"] = _with_convolution(mixer)
    return {name: uniform(mixer) for name, mixer in mixers.items()}


def uniform(mixer: Blueprint) -> Blueprint:
    """A model of one mixer at every depth, pre-norm, with the harness's own recipe."""
    recipe = dict.fromkeys(("lr", "weight_decay", "warmup", "beta2"), DEFAULT)
    return make("model", make("uniform", mixer), norm="pre", **recipe)


def _recurrences() -> dict[str, Blueprint]:
    unit = make("unit_feature", activation="none")
    linear = make("linear_feature")
    step = make("step_decay", scale_values=False)
    return {
        "linear-attention": _recurrence(
            _projection("full"),
            make("normalised", make("elu_feature"), make("no_decay")),
            _ungated("none"),
        ),
        "retnet": _recurrence(
            _projection("half", rotary=True),
            make("additive", linear, make("fixed_decay", learned=False)),
            _gated("layer"),
        ),
        "gla": _recurrence(
            _projection("half"),
            make("additive", linear, make("channel_sigmoid_decay", rank="d/8", temperature=16)),
            _gated("rms"),
        ),
        "mamba2": _recurrence(
            _convolved("shared"),
            make("additive", linear, make("step_decay", scale_values=True)),
            _gated("rms", skip="value", gate_first=True),
        ),
        "deltanet": _recurrence(
            _convolved("full"),
            make("delta", unit, make("no_decay"), negative=False),
            _ungated("rms"),
        ),
        "gated-deltanet": _recurrence(
            _convolved("half"), make("delta", unit, step, negative=False), _gated("rms")
        ),
        "kda": _recurrence(
            _convolved("full"),
            make("delta", unit, make("channel_step_decay", rank="d/8"), negative=False),
            _gated("rms", activation="sigmoid", rank="d/4"),
        ),
        "rwkv7": _recurrence(
            _projection("full"),
            make(
                "low_rank",
                make("channel_bounded_decay", rank="d/8"),
                rank="d/8",
                negative=False,
            ),
            _gated("layer", skip="bonus", activation="sigmoid", rank="d/4"),
            inputs="token_shift",
        ),
    }


def _recurrence(
    projection: Blueprint, update: Blueprint, readout: Blueprint, inputs: str = "plain_input"
) -> Blueprint:
    return make("recurrence", make(inputs), projection, update, readout)


def _projection(keys: str, rotary: bool = False) -> Blueprint:
    return make("projection", keys=keys, rotary=rotary)


def _convolved(keys: Value, rotary: Value = False) -> Blueprint:
    return make("convolved_projection", keys=keys, rotary=rotary, kernel=4, activation="silu")


def _with_convolution(recurrence: Blueprint) -> Blueprint:
    projection = recurrence.children[1]
    return recurrence.replace((1,), _convolved(projection["keys"], projection["rotary"]))


def _ungated(norm: str) -> Blueprint:
    return make("ungated_readout", norm=norm, skip="none")


def _gated(
    norm: str,
    *,
    skip: str = "none",
    activation: str = "silu",
    rank: str = "full",
    gate_first: bool = False,
) -> Blueprint:
    return make(
        "gated_readout",
        norm=norm,
        skip=skip,
        activation=activation,
        rank=rank,
        gate_first=gate_first,
    )
