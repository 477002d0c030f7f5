"""The program space edits source as a syntax tree, and never runs it."""

import ast
import sys
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.space import Edit, Level, ProgramSpace, make, program_blueprint
from discover.space.living import living

GRID = '''
def pack(n):
    """A grid."""
    columns = 6  # as many rows
    radius = 0.5 / columns
    return [(radius * (2 * (i % columns) + 1), radius) for i in range(n) if i >= 0]
'''
RING = """
import math

TURN = 2 * math.pi

def angle(i, n):
    return TURN * i / n

def pack(n):
    out = []
    for i in range(n):
        out.append((0.5 + 0.4 * math.cos(angle(i, n)), 0.1))
    return out
"""
HOSTILE = """
raise SystemExit("it ran")

def pack(n):
    return [n + 1]
"""
SPACE = ProgramSpace([GRID, RING])


def in_finally(levels):
    """Nested so that the compiler's work doubles with each level."""
    lines = [f"{' ' * n}try: pass\n{' ' * n}finally:\n" for n in range(levels)]
    return "".join(lines) + " " * levels + "pass\n"


def out_by_way_of_finally(levels):
    """Ways out whose `finally` blocks lead out themselves: four times as many with each level."""
    lines = [f"{' ' * n}try:\n" for n in range(1, levels + 1)]
    lines.append(" " * (levels + 1) + "return 0\n")
    for n in range(levels, 0, -1):
        lines += [f"{' ' * n}finally:\n"] + 3 * [f"{' ' * n} if x: return {n}\n"]
    return "def f(x):\n" + "".join(lines)


def many_ways_out(count):
    """A block of `count` statements, copied to each of `count` ways out."""
    ways = "".join(f"  if x: return {n}\n" for n in range(count))
    return f"def f(x):\n try:\n{ways} finally:\n" + "  x()\n" * count


seeds = st.integers(0, 2**32 - 1)


def run(blueprint):
    namespace = {}
    exec(SPACE.render(blueprint), namespace)
    return namespace["pack"](4)


def shape(source):
    """How many nodes of each kind there are, operators as one kind, signs left out."""
    kinds = (ast.operator, ast.cmpop, ast.boolop)
    return Counter(
        next((kind for kind in kinds if isinstance(node, kind)), type(node))
        for node in ast.walk(ast.parse(source))
        if not isinstance(node, ast.UnaryOp | ast.USub)
    )


@given(seeds, st.sampled_from(list(Level)))
@settings(deadline=None, max_examples=10)
def test_samples_and_edits_are_programs_that_differ(seed, level):
    sample = SPACE.sample(Random(seed))
    assert sample == SPACE.sample(Random(seed))
    menu = SPACE.edits(sample, level, Random(seed))
    assert menu == SPACE.edits(sample, level, Random(seed))
    assert len({e.subtree for e in menu}) == len(menu)
    for edit in menu:
        edited = SPACE.render(SPACE.apply(sample, edit))
        compile(edited, "<edited>", "exec")
        assert edited != SPACE.render(sample)
        assert "\n" not in edit.label and len(edit.label) < 120


@given(seeds)
@settings(deadline=None, max_examples=10)
def test_a_node_edit_changes_numbers_or_an_operator_of_one_statement(seed):
    for edit in SPACE.edits(program_blueprint(GRID), Level.NODE, Random(seed)):
        edited = SPACE.render(edit.subtree)
        assert shape(edited) == shape(SPACE.render(program_blueprint(GRID)))
        lines = zip(ast.unparse(ast.parse(GRID)).splitlines(), edited.splitlines(), strict=True)
        assert sum(a != b for a, b in lines) == 1


def test_node_edits_step_numbers_at_several_scales():
    menu = [
        e for s in range(20) for e in SPACE.edits(program_blueprint(GRID), Level.NODE, Random(s))
    ]
    halves = [float(e.label.split("-> ")[1]) for e in menu if ": 0.5 -> " in e.label]
    steps = sorted(abs(value / 0.5 - 1) for value in halves)
    assert steps[0] < 0.01 and steps[-1] > 0.3
    sixes = {e.label.split("-> ")[1] for e in menu if ": 6 -> " in e.label}
    assert {"5", "7"} <= sixes and all(value.lstrip("-").isdigit() for value in sixes)


TABLE = "POINTS = [(0.1, 0.9), (0.5, 0.5), (0.9, 0.25)]\nSCALE = 7\n"


def points(source):
    return ast.literal_eval(ast.parse(source).body[0].value)


def test_node_edits_step_one_number_or_several_of_a_table_at_once():
    before = points(TABLE)
    changed, sizes = set(), []
    for seed in range(20):
        for edit in SPACE.edits(program_blueprint(TABLE), Level.NODE, Random(seed)):
            pairs = list(
                zip(sum(before, ()), sum(points(SPACE.render(edit.subtree)), ()), strict=True)
            )
            moved = [abs(a - b) for a, b in pairs if a != b]
            changed.add(len(moved))
            sizes += moved
    assert changed == {0, 1, 2, 3, 4, 5, 6}, "0 where the scale took the step"
    assert min(sizes) < 1e-3 and max(sizes) > 0.3


UNREAD = """
SPARE = 3
def pack(n):
    unread: int = 5
    other = unread * 2
    _ = n.pop(7)
    return [n + 1.5]
"""


def test_no_edit_changes_what_nothing_reads():
    start = program_blueprint(UNREAD)
    edits = [e for s in range(3) for e in SPACE.edits(start, Level.NODE, Random(s))]
    edits += SPACE.edits(start, Level.STRUCTURE, Random(1))
    assert {edit.label.partition(":")[0] for edit in edits} == {"line 6", "line 7"}
    other = program_blueprint(UNREAD.replace("3", "4"))
    crossed = {SPACE.render(SPACE.crossover(start, other, Random(s))) for s in range(30)}
    assert {source.splitlines()[0] for source in crossed} == {"SPARE = 3"}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("a = 1\nb = a\ndef f():\n return 1", {3, 4}),
        ("def f():\n if g:\n  a = 1\n return 1", {1, 2, 4}),
        ("def f(a):\n a = 2\n b = a\n return b", {1, 2, 3, 4}),
        ("def f():\n a = g()\n return 1", {1, 2, 3}),
        ("def f():\n a = 1\n return locals()", {1, 2, 3}),
        ("class A:\n b = 1\ndef f():\n return A().b", {1, 2, 3, 4}),
        ("class A:\n if 1:\n  b = 1\n def f(s):\n  c = s.b\n  return s.b", {1, 2, 3, 4, 6}),
        ("def f():\n a = b = 1\n return b", {1, 2, 3}),
        ("def f():\n a = c = 1\n b = a + a\n return 1", {1, 4}),
        ("A = 1\ndef f(m):\n return getattr(m, 'A')", {1, 2, 3}),
        ("def f(a):\n a.b = 1\n a[0] = 1", {1, 2, 3}),
        ("A = 1", {1}),
    ],
)
def test_which_lines_of_a_program_can_matter(source, lines):
    found = {p.line for p in living(ast.parse(source)) if isinstance(p.node, ast.stmt)}
    assert found == lines


def test_a_chain_that_ends_unread_is_taken_apart_in_one_go():
    def calls(length):
        chain = [f" v{n} = v{n - 1}" for n in range(1, length)]
        tree = ast.parse("\n".join(["def f(x):", " v0 = x", *chain, " return x"]))
        events = []
        sys.setprofile(lambda frame, event, argument: events.append(event))
        try:
            found = list(living(tree))
        finally:
            sys.setprofile(None)
        lines = {place.line for place in found if isinstance(place.node, ast.stmt)}
        assert lines == {1, length + 2}
        return len(events)

    assert calls(400) < 2.5 * calls(200), "link by link it would be four times as many"


def test_whole_numbers_stay_whole_and_codes_are_left_alone():
    code = f"A = {2**70}\nB = 3\nC = True\n"
    for edit in SPACE.edits(program_blueprint(code), Level.NODE, Random(0)):
        namespace = {}
        exec(SPACE.render(edit.subtree), namespace)
        assert (namespace["A"], namespace["C"]) == (2**70, True)
        assert type(namespace["B"]) is int and namespace["B"] != 3


def test_crossover_of_programs_that_differ_in_numbers_mixes_them():
    other = TABLE.replace("0.1, 0.9", "0.2, 0.8").replace("0.25", "0.75")
    other = other.replace("SCALE = 7", "SCALE = 8")
    a, b = program_blueprint(TABLE), program_blueprint(other)
    mixtures = set()
    for seed in range(200):
        namespace = {}
        exec(SPACE.render(SPACE.crossover(a, b, Random(seed))), namespace)
        match namespace:
            case {"POINTS": [(x, y), (0.5, 0.5), (0.9, z)], "SCALE": scale}:
                mixtures.add((x == 0.2, y == 0.8, z == 0.75, scale == 8))
    assert {(True, False, False, False), (False, False, True, True)} <= mixtures


def test_structure_edits_delete_repeat_insert_swap_multiply_and_borrow():
    start = program_blueprint(GRID)
    menu = [e for s in range(8) for e in SPACE.edits(start, Level.STRUCTURE, Random(s))]
    labels = [edit.label for edit in menu]
    assert any("delete `radius = 0.5 / columns`" in label for label in labels)
    assert any("repeat `columns = 6`" in label for label in labels)
    assert any("insert `" in label for label in labels)
    assert any("swap `columns = 6` and `radius" in label for label in labels) or any(
        "swap `radius = 0.5 / columns` and" in label for label in labels
    )
    assert any(" times " in label for label in labels)
    borrowed = [edit for edit in menu if "` -> `" in edit.label]
    assert borrowed
    for edit in borrowed:
        loose = {
            n.id for n in ast.walk(ast.parse(SPACE.render(edit.subtree))) if isinstance(n, ast.Name)
        }
        assert loose <= {"n", "columns", "radius", "i", "range"}


def test_a_framework_edit_takes_a_function_with_what_it_needs():
    (edit,) = SPACE.edits(program_blueprint(GRID), Level.FRAMEWORK, Random(0))
    assert edit.label == "take `pack` of program 2"
    taken = SPACE.apply(program_blueprint(GRID), edit)
    assert run(taken) == run(program_blueprint(RING))


def test_crossover_brings_code_of_the_second_parent():
    a, b = program_blueprint(GRID), program_blueprint(RING)
    children = {SPACE.crossover(a, b, Random(seed)) for seed in range(30)}
    assert a not in children and len(children) > 10
    assert any("cos" in SPACE.render(child) for child in children)
    assert SPACE.crossover(program_blueprint("x = 1"), program_blueprint("import os"), Random(0))


def test_nothing_is_ever_run():
    space = ProgramSpace([HOSTILE])
    hostile = program_blueprint(HOSTILE)
    edits = [edit for level in Level for edit in space.edits(hostile, level, Random(0))]
    made = [space.apply(hostile, edit) for edit in edits]
    made.append(space.crossover(hostile, space.sample(Random(0)), Random(0)))
    assert len(made) > 3, "there is something to make of it"
    assert all(space.tokens(program) and space.render(program) for program in made)
    with pytest.raises(SystemExit, match="it ran"):
        run(made[0])


def test_what_python_warns_of_is_never_proposed(recwarn):
    calls = "LIMITS = (1, 2)\n\ndef pack(n):\n    return [abs(n), LIMITS[0], min(n, 3)]\n"
    space = ProgramSpace([calls])
    for seed in range(6):
        space.edits(program_blueprint(calls), Level.STRUCTURE, Random(seed))
    assert program_blueprint("x = 1 is 1"), "a user's own program may do as it likes"
    assert not [w for w in recwarn if issubclass(w.category, SyntaxWarning)]


def test_a_menu_is_bounded_for_a_long_program():
    long = "def pack(n):\n" + "".join(f"    x{i} = {i} + n * 0.{i}\n" for i in range(120))
    for level in Level:
        assert len(SPACE.edits(program_blueprint(long), level, Random(0))) <= 48


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def f(:", "line 1: not Python"),
        ("return 1", "line 1: not Python"),
        ("x = '\0'", "not Python"),
        ("x = " + "+".join(["1"] * 3000), "nests too deep"),
        (in_finally(60), "nests too deep"),
        (many_ways_out(1500), "nests too deep"),
        (out_by_way_of_finally(8), "nests too deep"),
        ("x = " + "-" * 90_000 + "1", "nests too deep|not Python"),
        ("#" * 100_001, "at most 100000 characters"),
    ],
)
def test_what_is_no_program_gets_one_clear_line(source, says):
    for refused in (lambda: program_blueprint(source), lambda: ProgramSpace([source])):
        with pytest.raises(ValueError, match=says):
            refused()
    with pytest.raises(ValueError, match=says):
        SPACE.render(make("program", source=source))


def test_what_is_no_program_blueprint_is_refused():
    for wrong in (make("sum"), make("program", source=3), make("program", make("x"), source="")):
        with pytest.raises(ValueError):
            SPACE.edits(wrong, Level.NODE, Random(0))
    with pytest.raises(ValueError):
        SPACE.apply(program_blueprint(GRID), Edit(Level.NODE, (0,), program_blueprint(GRID), ""))
    with pytest.raises(ValueError, match="at least one program"):
        ProgramSpace([])
