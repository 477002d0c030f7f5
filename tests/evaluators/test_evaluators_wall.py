"""Between a candidate's child and the one that trains: nothing passes but what mixers compute."""

import pytest
import torch

from discover.evaluators.linear_attention import exam, training
from discover.evaluators.linear_attention.domain import LinearAttention
from discover.evaluators.linear_attention.exam import sit
from discover.evaluators.linear_attention.model import Model, Program, train
from discover.evaluators.linear_attention.shapes import D_MODEL, N_HEADS
from discover.evaluators.linear_attention.source import declarations
from discover.evaluators.linear_attention.tasks import recall
from discover.evaluators.linear_attention.tiers import Exam
from discover.sandbox import CandidateDied, CandidateError, LimitExceeded, Limits, Sandbox

from .mixers import LINEAR, mixer

ICR = recall("icr", 16, 64, 4)
EXAM = [Exam(ICR, 3)]
LIMITS = Limits(wall_s=60.0, cpu_s=20.0, memory_bytes=512 << 20)

FORGERY = """

def nothing(*given, **named):
    return given[1] if len(given) > 1 else None


for name in ("Embedding", "GELU", "RMSNorm"):
    setattr(getattr(nn, name), "forward", nothing)
setattr(torch.optim.AdamW, "step", nothing)
setattr(nn.utils, "clip_grad_norm_", nothing)
setattr(F, "cross_entropy", lambda logits, targets: 0 * logits.sum())
for name, module in list(torch.sys.modules.items()):
    if name.startswith("discover.evaluators"):
        vars(module).update(train=nothing, as_long=nothing, Model=None)
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(preload=LinearAttention().preload) as sandbox:
        yield sandbox


def linked(source, sandbox, limits=LIMITS):
    return sit(EXAM, source, 0, sandbox.session(limits))


def test_the_line_changes_no_number(session):
    """The same training without a line, of the same weights, has the same losses to the bit."""
    declared, steps = declarations(LINEAR), 6
    paper = next(exam.papers_of(Exam(ICR, steps), 3))
    inputs, targets = ICR.training(3, steps)
    with session.open_linked(exam.TRAINING, exam.MIXING, LINEAR, numbers=paper.numbers) as worker:
        answer = worker.call(
            "train",
            norm=declared.norm,
            recipe=declared.recipe,
            vocab=ICR.vocab,
            most=paper.most,
            lr=3e-3,
            seed=3,
            inputs=inputs,
            targets=targets,
        )
    torch.manual_seed(training.MIXER_SEED + 3)
    mixers = [Program(LINEAR, declared).mixers[0](D_MODEL, N_HEADS) for _ in range(2)]
    torch.manual_seed(3)
    model = Model(mixers, declared.norm, ICR.vocab)
    assert answer["losses"] == train(model, inputs, targets, 3e-3, declared.recipe)


def test_what_a_candidate_changes_in_its_process_changes_no_score(sandbox):
    assert linked(LINEAR + FORGERY, sandbox) == linked(LINEAR, sandbox)


def test_a_mixer_sees_no_token(sandbox):
    """It would raise if an integer tensor, or anything of the task, were in its process."""
    look = mixer(
        """
        found = [o for o in torch.sys.modules["gc"].get_objects() if isinstance(o, torch.Tensor)]
        strange = [o.dtype for o in found if o.dtype in (torch.int64, torch.int16)]
        if strange:
            raise ValueError(f"tokens: {strange}")
        return self.attend(x)
        """
    )
    assert linked(look, sandbox)["icr"].loss > 0


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ("torch.os._exit(3)", CandidateDied, "exited with code 3"),
        ("while True: pass", LimitExceeded, "CPU time"),
        ("torch.zeros(1 << 30).fill_(1)", LimitExceeded, "memory"),
        ("raise ValueError('of its own')", CandidateError, "ValueError: of its own"),
        ("return x[:, :1]", CandidateError, "forward keeps the shape"),
        (
            "LINK.send(kind='answer', shapes=3)",
            CandidateError,
            "broke the protocol",
        ),
        ("LINK._channel.sendall(b'\\xff' * 8)", CandidateError, "a frame of 4294967295 bytes"),
        ("LINK._channel.sendall(b'\\1\\0\\0\\0{')", CandidateError, "broke the protocol"),
        ("LINK._channel.close()", CandidateError, "closed its line"),
    ],
)
def test_what_goes_wrong_beyond_the_line_is_the_candidates(body, error, said, sandbox):
    find = """
LINK = next(
    o for o in torch.sys.modules["gc"].get_objects() if type(o).__name__ == "Link"
)
"""
    source = mixer(f"{body}\nreturn self.attend(x)\n") + (find if "LINK" in body else "")
    with pytest.raises(error, match=said):
        linked(source, sandbox, Limits(wall_s=60.0, cpu_s=3.0, memory_bytes=512 << 20))


def test_an_error_beyond_the_line_names_the_line_of_the_source(sandbox):
    source = mixer("raise ValueError('here')\n")
    with pytest.raises(CandidateError) as caught:
        linked(source, sandbox)
    assert "here" in source.splitlines()[caught.value.line - 1]


def test_numbers_that_change_while_they_are_read_hurt_nobody_else(sandbox):
    """Not-a-numbers in the shared memory are the candidate's own training gone wrong."""
    source = mixer("LINK.numbers[:] = float('nan')\nreturn self.attend(x)\n")
    source += 'LINK = [o for o in torch.sys.modules["gc"].get_objects() '
    source += 'if type(o).__name__ == "Link"][0]\n'
    with pytest.raises(CandidateError, match="not finite at step 1"):
        linked(source, sandbox)
