"""What the linear-attention grammar samples and edits is causal, finite, clean PyTorch."""

import ast
import subprocess
import sys
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import pytest
import torch

from discover.space import Level
from discover.space.linear_attention import references, space

ROOT = Path(__file__).parents[2]
GRAMMAR = space()
REFERENCES = references()
SAMPLES = [GRAMMAR.sample(Random(seed)) for seed in range(200)]
D_MODEL, HEADS = 32, 2


@cache
def classes(blueprint):
    """The classes that the rendered module stacks."""
    namespace = {}
    exec(compile(GRAMMAR.render(blueprint), "<mixer>", "exec"), namespace)
    return [namespace[name] for name in namespace.get("LAYERS", ("Mixer",))]


def mixers(blueprint):
    """A module of each class, with no weight left at its start."""
    for mixer_class in dict.fromkeys(classes(blueprint)):
        torch.manual_seed(0)
        mixer = mixer_class(D_MODEL, HEADS)
        with torch.no_grad():
            for weight in mixer.parameters():
                weight += 0.1 * torch.randn_like(weight)
        yield mixer


def trains(mixer, length):
    x = torch.randn(2, length, D_MODEL, requires_grad=True)
    y = mixer(x)
    y.square().mean().backward()
    gradients = [x.grad, *(p.grad for p in mixer.parameters() if p.grad is not None)]
    return y.shape == x.shape and all(g.isfinite().all() for g in (y, *gradients))


def edited(blueprint, level):
    rng = Random(7)
    return [GRAMMAR.apply(blueprint, e) for e in GRAMMAR.edits(blueprint, level, rng)]


def test_every_sample_renders_to_a_module_that_defines_what_it_stacks():
    for blueprint in SAMPLES:
        tree = ast.parse(GRAMMAR.render(blueprint))
        defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        assert "Mixer" in defined
        for node in tree.body:
            if isinstance(node, ast.Assign) and node.targets[0].id == "LAYERS":
                assert set(ast.literal_eval(node.value)) <= defined


def test_rendered_samples_pass_the_linter_and_the_formatter(tmp_path):
    for i, blueprint in enumerate((*SAMPLES, *REFERENCES.values())):
        (tmp_path / f"sample_{i}.py").write_text(GRAMMAR.render(blueprint))
    for command in (("check",), ("format", "--check")):
        options = ("--config", str(ROOT / "pyproject.toml"), "--no-cache", str(tmp_path))
        ruff = [sys.executable, "-m", "ruff", *command, *options]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("length", [1, 70])
def test_samples_train_with_finite_gradients(length):
    for blueprint in SAMPLES[:40]:
        for mixer in mixers(blueprint):
            assert trains(mixer, length), GRAMMAR.tokens(blueprint)


def test_samples_do_not_look_ahead_and_do_not_mix_the_batch():
    x = torch.randn(2, 90, D_MODEL, generator=torch.Generator().manual_seed(0))
    changed = x.clone()
    changed[:, 50:] += torch.randn(2, 40, D_MODEL)
    changed[1] += 1.0
    for blueprint in (*SAMPLES[:60], *REFERENCES.values()):
        for mixer in mixers(blueprint):
            with torch.no_grad():
                before, after = mixer(x), mixer(changed)
            scale = before.abs().max()
            assert (before - after)[0, :50].abs().max() < 1e-4 * scale, GRAMMAR.tokens(blueprint)


def test_bfloat16_runs_and_stays_bfloat16():
    for blueprint in (*SAMPLES[40:60], *REFERENCES.values()):
        for mixer in mixers(blueprint):
            y = mixer.bfloat16()(torch.randn(2, 33, D_MODEL, dtype=torch.bfloat16))
            assert y.dtype == torch.bfloat16 and y.isfinite().all()


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_reference_belongs_to_the_grammar_and_its_edits_differ(name):
    for level in Level:
        sources = [GRAMMAR.render(b) for b in edited(REFERENCES[name], level)]
        assert GRAMMAR.render(REFERENCES[name]) not in sources
        assert sources or level is Level.NODE


@pytest.mark.parametrize("level", list(Level))
def test_edits_of_references_run(level):
    for i, (_, reference) in enumerate(sorted(REFERENCES.items())):
        for blueprint in islice(edited(reference, level), i % 5, None, 5):
            for mixer in mixers(blueprint):
                assert trains(mixer, 5), GRAMMAR.tokens(blueprint)


def test_most_samples_have_the_parameters_of_softmax_attention():
    """Within 2.8 d^2 of 4 d^2: a fifth of the quick tier's whole model."""
    d_model, inside = 64, 0
    for blueprint in SAMPLES:
        with torch.device("meta"):
            layers = [mixer(d_model, HEADS) for mixer in classes(blueprint)]
        counts = [sum(p.numel() for p in layer.parameters()) for layer in layers]
        inside += abs(sum(counts) / len(counts) / d_model**2 - 4) < 2.8
    assert inside >= 0.95 * len(SAMPLES)


def test_the_module_states_its_framework_only_where_it_is_not_the_default():
    plain = GRAMMAR.render(REFERENCES["gla"])
    assert not any(word in plain for word in ("LAYERS", "NORM", "RECIPE"))
    labels = {
        "model: norm pre -> post": 'NORM = "post"\n',
        "model: lr default -> 2.0": 'RECIPE = {"lr": 2.0}\n',
    }
    menu = {e.label: e for e in GRAMMAR.edits(REFERENCES["gla"], Level.FRAMEWORK, Random(0))}
    for label, line in labels.items():
        assert line in GRAMMAR.render(GRAMMAR.apply(REFERENCES["gla"], menu[label]))
