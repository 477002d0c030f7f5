"""What it costs that a mixer is trained from another process, as ratios within one run.

    python benchmarks/line.py [--steps 120] [--rounds 5] [REFERENCE...]

Prints Markdown: CPU seconds of the same steps of byte text, once with model and mixer in one
child, once with a trusted child that trains and a candidate's that computes the mixers.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from typing import Any

from discover.evaluators.linear_attention import exam
from discover.evaluators.linear_attention.domain import LinearAttention
from discover.evaluators.linear_attention.exam import Paper
from discover.evaluators.linear_attention.source import declarations
from discover.evaluators.linear_attention.tiers import LM, Exam
from discover.sandbox import Limits, Sandbox, Worker
from discover.sandbox.session import SandboxSession

TOGETHER = "discover.benchmarks.line:together"
LIMITS = Limits(wall_s=600.0, cpu_s=600.0)
USUAL = ("short-convolution", "gla", "gated-deltanet", "rwkv7")


def together(source: str) -> dict[str, Callable[..., dict[str, Any]]]:
    """In a child: a model of the source's mixers, trained in the same process."""
    import torch

    from discover.evaluators.linear_attention.memory import keep_freed_memory
    from discover.evaluators.linear_attention.model import Program, train

    torch.set_num_threads(1)
    keep_freed_memory()
    program = Program(source, declarations(source))

    def run(vocab: int, lr: float, inputs: Any, targets: Any) -> dict[str, Any]:
        return {"losses": train(program.model(vocab), inputs, targets, lr, program.recipe)}

    return {"train": run}


def in_one(source: str, paper: Paper, session: SandboxSession) -> float:
    task = paper.exam.task
    inputs, targets = task.training(paper.seed, paper.exam.steps)
    with session.open(TOGETHER, source) as worker:
        before = session.usage.cpu_s
        worker.call("train", vocab=task.vocab, lr=paper.rate, inputs=inputs, targets=targets)
        return session.usage.cpu_s - before


def over_the_line(source: str, paper: Paper, session: SandboxSession) -> float:
    linked = session.open_linked(exam.TRAINING, exam.MIXING, source, numbers=paper.numbers)
    worker: Worker
    with linked as worker:
        before = session.usage.cpu_s
        exam.train(paper, declarations(source), worker)
        return session.usage.cpu_s - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("references", nargs="*", default=USUAL)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    domain = LinearAttention()
    (paper,) = exam.papers_of(Exam(LM, asked.steps), seed=0)
    print("| mixer | CPU a step in one child | over the line | median of paired ratios |")
    print("|---|---|---|---|")
    with Sandbox(preload=(*domain.preload, TOGETHER.partition(":")[0])) as sandbox:
        for name in asked.references:
            source = domain.references[name].source
            pairs = [
                tuple(
                    run(source, paper, sandbox.session(LIMITS)) for run in (in_one, over_the_line)
                )
                for _ in range(asked.rounds)
            ]
            one, two = (
                1e3 * statistics.median(taken) / asked.steps for taken in zip(*pairs, strict=True)
            )
            ratio = statistics.median(line / alone for alone, line in pairs)
            print(f"| {name} | {one:.1f} ms | {two:.1f} ms | {ratio:.3f} |", flush=True)


if __name__ == "__main__":
    main()
