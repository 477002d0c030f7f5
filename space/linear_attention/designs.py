"""What a mixer is called, and the paper that its core comes from."""

from __future__ import annotations

from ..blueprint import Blueprint
from .decays import scope

CLASSES = {
    "identity": "Identity",
    "softmax_attention": "SoftmaxAttention",
    "sliding_window": "SlidingWindow",
    "short_convolution": "GatedConvolution",
    "long_convolution": "Hyena",
    "parallel": "ParallelMixer",
    "serial": "SerialMixer",
}

RECURRENCES = {
    ("additive", "none"): "LinearAttention",
    ("additive", "head"): "DecayedLinearAttention",
    ("additive", "channel"): "GatedLinearAttention",
    ("normalised", "none"): "NormalisedLinearAttention",
    ("normalised", "head"): "NormalisedDecayedAttention",
    ("normalised", "channel"): "NormalisedGatedAttention",
    ("delta", "none"): "DeltaRule",
    ("delta", "head"): "GatedDeltaRule",
    ("delta", "channel"): "ChannelGatedDeltaRule",
    ("low_rank", "channel"): "DiagonalPlusLowRank",
}

PAPERS = {
    "identity": "No mixing over time: the floor of every comparison.",
    "softmax_attention": "Softmax attention (Vaswani et al. 2017, arXiv 1706.03762).",
    "sliding_window": "Sliding-window attention (Beltagy et al. 2020, arXiv 2004.05150).",
    "short_convolution": "A short convolution between two gates: H3 (Fu et al. 2022,\n"
    "arXiv 2212.14052) without its long filter.",
    "long_convolution": "Hyena of order 2 (Poli et al. 2023, arXiv 2302.10866).",
    "parallel": "Two mixers side by side, each on half of the channels.",
    "serial": "Two mixers one after the other, at half of the width.",
}

LINEAR = "Linear attention (Katharopoulos et al. 2020, arXiv 2006.16236)"
KIMI = "Delta rule with a decay for each channel: Kimi Delta Attention (arXiv 2510.26692)"
CORES = {
    ("additive", "no_decay"): LINEAR,
    ("additive", "fixed_decay"): "Retention: RetNet (Sun et al. 2023, arXiv 2307.08621)",
    ("additive", "step_decay"): "State space duality: Mamba-2 (Dao and Gu 2024, arXiv 2405.21060)",
    ("additive", "sigmoid_decay"): "Gated retention: YOCO (Sun et al. 2024, arXiv 2405.05254)",
    ("additive", "channel"): "Gated linear attention: GLA (Yang et al. 2023, arXiv 2312.06635)",
    ("normalised", "no_decay"): LINEAR,
    ("normalised", "head"): f"{LINEAR}\nwith a decay for each head",
    ("normalised", "channel"): f"{LINEAR}\nwith a decay for each channel",
    ("delta", "no_decay"): "Delta rule: DeltaNet (Yang et al. 2024, arXiv 2406.06484)",
    ("delta", "head"): "Gated delta rule: Gated DeltaNet (Yang et al. 2024, arXiv 2412.06464)",
    ("delta", "channel"): KIMI,
    ("low_rank", "channel"): "Diagonal plus low rank: RWKV-7 (Peng et al. 2025, arXiv 2503.14456)",
}


def class_name(mixer: Blueprint) -> str:
    """What the class of a mixer is called where it isn't the whole candidate."""
    if mixer.production != "recurrence":
        return CLASSES[mixer.production]
    update = mixer.children[2]
    return RECURRENCES[update.production, scope(update.children[-1])]


def docstring(mixer: Blueprint) -> str:
    """What a mixer is, and the paper behind it."""
    if mixer.production != "recurrence":
        return PAPERS[mixer.production]
    update = mixer.children[2]
    decay = update.children[-1]
    core = CORES.get((update.production, decay.production))
    core = core or CORES[update.production, scope(decay)]
    if dict(update.params).get("negative"):
        core += ",\nwith negative eigenvalues (Grazzi et al. 2024, arXiv 2411.12537)"
    text = f"{core}."
    return f"{text}\n" if "\n" in text else text
