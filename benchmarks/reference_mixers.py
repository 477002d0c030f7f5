"""Parameters and CPU time of every linear-attention reference, as ratios within one run.

    python benchmarks/reference_mixers.py

Prints, for d_model 64 and 2 heads, the parameters in units of d^2 and the CPU-seconds of a
forward and backward pass at batch 16 and length 64 on one thread, the least of several
rounds, beside linear attention's.
"""

import time

import torch

from discover.space.linear_attention import references, space

D_MODEL, HEADS, BATCH, LENGTH = 64, 2, 16, 64
ROUNDS, STEPS = 5, 8


def build(source: str) -> torch.nn.Module:
    namespace: dict = {}
    exec(compile(source, "<reference>", "exec"), namespace)
    torch.manual_seed(0)
    return namespace["Mixer"](D_MODEL, HEADS)


def cpu_seconds(mixer: torch.nn.Module) -> float:
    """CPU-seconds of one forward and backward pass."""
    x = torch.randn(BATCH, LENGTH, D_MODEL, requires_grad=True)
    least = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(STEPS):
            mixer(x).square().mean().backward()
        least = min(least, (time.process_time() - start) / STEPS)
    return least


def main() -> None:
    torch.set_num_threads(1)
    grammar = space()
    mixers = {name: build(grammar.render(b)) for name, b in references().items()}
    seconds = {name: cpu_seconds(mixer) for name, mixer in mixers.items()}
    for name, mixer in mixers.items():
        parameters = sum(p.numel() for p in mixer.parameters())
        ratio = seconds[name] / seconds["linear-attention"]
        print(
            f"{name:24} {parameters:6d} {parameters / D_MODEL**2:5.2f} d^2"
            f" {1000 * seconds[name]:6.1f} ms {ratio:5.2f}x"
        )


if __name__ == "__main__":
    main()
