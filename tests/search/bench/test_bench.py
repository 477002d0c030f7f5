"""The benchmark's figures, its file, its intervals, and the command."""

import json
import os
import sys
from dataclasses import asdict
from random import Random

import numpy as np
import pytest
from typer.testing import CliRunner

from discover.agents.author import Request
from discover.agents.grammar_author import GrammarAuthor
from discover.cli.main import app
from discover.evaluators.tabular import TabularDomain
from discover.search.bench.markdown import markdown
from discover.search.bench.measuring import measure
from discover.search.bench.methods import Method, RandomPredictor, methods
from discover.search.bench.regret_plot import plot
from discover.search.bench.results import ResultsError, Run, append, read
from discover.search.bench.statistics import area, band, budgets_of, compare, interval, tally
from discover.search.bench.suite import check, plan
from discover.search.bench.table_search import TableAuthor, Trace
from discover.search.strategies import BaselineMissing
from discover.search.strategies.contract import Intent
from discover.space import Level, Operator

SPEC = """
name: toy
table: toy.csv
encoding: {kind: digits, column: ops, length: 3, codes: ["0", "1", "2", "3"]}
query: {column: val, missing: failed}
report: [test]
"""


@pytest.fixture
def spec(tmp_path):
    rows = ["ops,val,test"]
    for i in range(64):
        good = bin(i).count("1")
        value, test = ("", "") if i == 5 else (good, good + 10)
        rows.append(f"{i // 16}{i // 4 % 4}{i % 4},{value},{test}")
    (tmp_path / "toy.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "toy.yaml").write_text(SPEC)
    return tmp_path / "toy.yaml"


def run_of(method, seed, regret, table="t"):
    return Run(table, method, seed, len(regret), regret, [50.0] * len(regret), [1.0] * len(regret))


def test_a_trace_is_measured_by_hand(spec):
    domain = TabularDomain.load(spec)
    table = domain.table
    assert np.nanmedian(table.scores) == 3.0
    run = measure(domain, "m", 0, Trace([5, 1, 7, 0], [None, 1.0, 3.0, 0.0], [1, 2, 3, 4]), 6)
    assert run.regret == pytest.approx([2.0, 5 / 3, 1.0, 1.0, 1.0, 1.0], abs=1e-6)
    assert run.report == [10.0, 11.0, 13.0, 13.0, 13.0, 13.0]
    mean = float(np.nanmean(table.report))
    assert run.improvement[2] == pytest.approx(100 * (13 - mean) / mean, abs=1e-4)


def test_a_smaller_loss_is_an_improvement(spec):
    spec.write_text(SPEC.replace("column: val,", "column: val, direction: min,"))
    domain = TabularDomain.load(spec)
    run = measure(domain, "m", 0, Trace([1, 0], [-1.0, 0.0], [1, 2]), 2)
    mean = float(np.nanmean(domain.table.report))
    assert run.report == [11.0, 10.0]
    assert run.improvement == pytest.approx([100 * (mean - r) / mean for r in run.report], abs=1e-4)
    assert 0 < run.improvement[0] < run.improvement[1]


def test_what_is_stopped_early_leaves_room_for_more(spec):
    domain = TabularDomain.load(spec)
    trace = Trace([1, 7, 3, 15], [1.0, None, 2.0, 3.0], [1.0, 1.2, 2.2, 3.2])
    assert measure(domain, "m", 0, trace, 4).report == [11.0, 11.0, 12.0, 14.0]
    third = Trace([1, 3, 7], [1.0, 2.0, 3.0], [0.1 + 0.2, 0.6, 0.1 + 0.2 + 0.7])
    assert measure(domain, "m", 0, third, 1).report == [13.0], "thirds add up to a whole query"


@pytest.mark.parametrize("seeds", [5, 10, 30])
def test_an_interval_holds_the_mean_as_often_as_it_says(seeds):
    low, high = band(np.random.default_rng(1).normal(0.3, 1.0, (seeds, 2000)))
    assert 0.94 <= np.mean((low <= 0.3) & (high >= 0.3)) <= 0.965


def test_an_interval_reaches_as_far_as_both_the_bootstrap_and_student():
    low, high = interval([0.0] * 99 + [1.0])
    assert low == pytest.approx(0.01 - 1.9842 * 0.01, abs=1e-5), "Student's: none is below 0"
    assert high == pytest.approx(0.03), "the bootstrap's: three of a hundred"


def test_the_plot_has_the_intervals_of_the_tables(monkeypatch, tmp_path):
    graphs, drawn = pytest.importorskip("plotly.graph_objects"), []
    monkeypatch.setattr(graphs.Figure, "write_html", lambda figure, *_, **__: drawn.append(figure))
    for seeds in (4, 5):
        plot([run_of("tree", s, [s / 10, 0.25]) for s in range(seeds)], tmp_path / "plot.html")
    few, enough = drawn
    assert [list(trace.y) for trace in few.data] == [pytest.approx([0.15, 0.25])]
    low, high = interval([0.0, 0.1, 0.2, 0.3, 0.4])
    edge, line = enough.data
    assert list(edge.y) == pytest.approx([high, 0.25, 0.25, low])
    assert list(line.y) == pytest.approx([0.2, 0.25])


def test_comparisons_are_paired_by_seed():
    rng = Random(0)
    luck = [rng.random() for _ in range(20)]
    runs = [run_of("tree", s, [x] * 10) for s, x in enumerate(luck)]
    runs += [run_of("other", s, [x + 0.01 + 0.001 * (s % 3)] * 10) for s, x in enumerate(luck)]
    runs += [run_of("twin", s, [x] * 10) for s, x in enumerate(reversed(luck))]
    found = {c.other: c for c in compare(runs, "tree")}
    assert found["other"].verdict == "ahead"
    assert found["other"].interval[0] > 0.009
    assert found["twin"].verdict == "even"
    assert tally(found.values())["other", 10] == {"ahead": 1, "even": 0, "behind": 0}
    assert "**+0.011" in markdown(runs)


def test_a_few_seeds_have_means_and_no_intervals():
    def told(seeds):
        runs = [run_of("tree", seed, [0.25] * 10) for seed in range(seeds)]
        return markdown([*runs, *(run_of("other", seed, [0.75] * 10) for seed in range(seeds))])

    few, enough = told(4), told(5)
    assert "| t | tree | 0.250 |" in few and "| t | other | +0.500 |" in few
    assert "below 5 seeds" in few and "[" not in few and "ahead / even" not in few
    assert "| t | tree | 0.250 ± 0.000 |" in enough and "**+0.500 [+0.500, +0.500]**" in enough
    assert "| other | 1 / 0 / 0 |" in enough


def test_the_last_number_of_queries_has_its_column():
    runs = [run_of("tree", seed, [0.1] * 40) for seed in range(3)]
    assert budgets_of(runs) == (10, 25, 40)
    assert "| @10 | @25 | @40 |" in markdown(runs)
    assert budgets_of([run_of("tree", 0, [0.1] * 50)]) == (10, 25, 50)


def test_the_area_weighs_early_queries_most():
    early, late = run_of("a", 0, [0.0, 1.0, 1.0, 1.0]), run_of("b", 0, [1.0, 1.0, 1.0, 0.0])
    assert area(early, 4) < area(late, 4) < area(run_of("c", 0, [1.0] * 4), 4) == 1.0


def test_results_come_back_and_a_torn_line_is_left_out(tmp_path):
    path = tmp_path / "runs.jsonl"
    assert read(path) == []
    runs = [run_of("tree", s, [0.5, 0.25]) for s in range(3)]
    append(path, runs)
    with path.open("a") as file:
        file.write('{"table": "t", "meth')
    assert read(path) == runs
    append(path, [run_of("other", 0, [0.5])])
    assert read(path) == [*runs, run_of("other", 0, [0.5])], "what comes after it is no part of it"
    path.write_text("somebody's notes, without an end of the line")
    with pytest.raises(ResultsError, match=r"runs\.jsonl line 1: not a run"):
        read(path)
    path.write_text("{}\n" + json.dumps({"a": 1}) + "\n")
    with pytest.raises(ResultsError, match=r"runs\.jsonl line 1: not a run"):
        read(path)


def test_what_two_benchmarks_wrote_at_a_time_counts_once(tmp_path):
    path = tmp_path / "runs.jsonl"
    runs = [run_of("tree", seed, [0.5, 0.25]) for seed in range(3)]
    append(path, runs[:2])
    append(path, runs)
    assert read(path) == runs


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"seed": "x"}, "seed and queries as whole numbers"),
        ({"queries": True}, "seed and queries as whole numbers"),
        ({"method": ["tree"]}, "table, method and basis as texts"),
        ({"regret": 3}, "regret as 2 numbers"),
        ({"regret": []}, "regret as 2 numbers"),
        ({"report": ["a", "b"]}, "report as 2 numbers"),
        ({"report": [1, 10**400]}, "report as 2 numbers"),
        ({"improvement": None}, "improvement as 2 numbers"),
        ({"more": 1}, "unexpected keyword argument 'more'"),
    ],
)
def test_a_line_that_was_changed_is_refused(tmp_path, changed, problem):
    path = tmp_path / "runs.jsonl"
    path.write_text(json.dumps(asdict(run_of("tree", 0, [0.5, 0.25])) | changed) + "\n")
    with pytest.raises(ResultsError, match=f"line 1: not a run of this benchmark: .*{problem}"):
        read(path)


def test_what_is_done_is_not_planned_again(spec):
    method = Method("tree", "tree")
    done = {("toy", "tree", seed, 10) for seed in (0, 1, 7)}
    tasks = plan([("toy", spec)], None, [method], range(9), 10, done)
    assert [task.seeds for task in tasks] == [(2, 3, 4), (5, 6, 8)]
    assert plan([("toy", spec)], None, [method], range(2), 10, done) == []
    (last,) = plan([("toy", spec)], None, [method], range(6, 9), 10, done)
    assert last.seeds == (6, 8)


def test_ablations_differ_from_the_tree_in_what_they_say():
    lines = methods("value", ablations=True)
    tree = lines["tree"]
    assert lines["tree/no-hierarchy"].options.hierarchical is False
    assert lines["tree/no-level-learning"].options.learn_levels is False
    assert lines["tree/survey-5"].options.survey == 5
    assert lines["tree/no-archive"].options.archive is False
    assert (lines["tree/islands"].options.islands, tree.options.islands) == (3, 1)
    assert {lines[f"tree/model-{m}"].model for m in ("none", "random", "oracle")} == {
        "none",
        "random",
        "oracle",
    }
    assert tree.options.hierarchical and tree.options.learn_levels and tree.options.archive
    assert RandomPredictor(Random(0)).predict([]) == []


def command(*arguments):
    return CliRunner().invoke(app, ["bench", "search", *map(str, arguments)])


def test_the_command_resumes_and_reports(spec, tmp_path):
    out = tmp_path / "runs.jsonl"
    common = ["--table", spec, "--queries", 12, "--workers", 1, "--out", out]
    first = command(*common, "--strategies", "tree,random,tree/model-oracle", "--seeds", 2)
    assert first.exit_code == 0, first.output
    kept = out.read_text()
    assert len(kept.splitlines()) == 6
    second = command(*common, "--strategies", "tree,random,tree/model-oracle", "--seeds", 3)
    assert out.read_text().startswith(kept)
    assert len(out.read_text().splitlines()) == 9
    assert "3 seeds" in second.output
    assert "| toy | tree/model-oracle |" in second.output


def changed_rows(spec):
    table = spec.with_name("toy.csv")
    table.write_text(table.read_text().replace("333,6,16", "333,9,16"))


def changed_spec(spec):
    spec.write_text(SPEC.replace("column: val,", "column: val, direction: min,"))


@pytest.mark.parametrize(
    ("change", "options", "anew"),
    [
        (changed_rows, [], ["random", "tree"]),
        (changed_spec, [], ["random", "tree"]),
        (lambda spec: None, ["--model", "none"], ["tree"]),
    ],
)
def test_what_was_measured_on_something_else_is_measured_anew(
    spec, tmp_path, change, options, anew
):
    out = tmp_path / "runs.jsonl"
    common = ["--table", spec, "--queries", 64, "--workers", 1, "--seeds", 1, "--out", out]
    common += ["--strategies", "random,tree"]
    assert "taken from" not in command(*common).stderr
    before = read(out)
    again = command(*common)
    assert again.exit_code == 0 and f"2 of 2 runs taken from {out}" in again.stderr
    change(spec)
    other = command(*common, *options)
    assert other.exit_code == 0, other.output
    added = read(out)[len(before) :]
    assert sorted(run.method for run in added) == anew
    assert ("1 of 2 runs taken" in other.stderr) == (len(anew) == 1)
    fresh = command(*common[:-4], "--strategies", "random,tree", "--out", tmp_path / "n", *options)
    assert other.stdout == fresh.stdout, "and no run of before is among what is shown"


def test_lines_that_do_not_tell_what_they_were_measured_on_count(spec, tmp_path):
    out = tmp_path / "runs.jsonl"
    common = ["--table", spec, "--queries", 12, "--workers", 1, "--seeds", 1, "--out", out]
    command(*common, "--strategies", "random")
    line = json.loads(out.read_text())
    assert line.pop("basis")
    out.write_text(json.dumps(line) + "\n")
    assert f"1 of 1 runs taken from {out}" in command(*common, "--strategies", "random").stderr
    assert len(read(out)) == 1


def test_names_of_strategies_may_stand_apart(spec, tmp_path):
    out = tmp_path / "runs.jsonl"
    common = ["--table", spec, "--queries", 5, "--workers", 1, "--seeds", 1, "--out", out]
    assert command(*common, "--strategies", "random, evolution").exit_code == 0
    assert [run.method for run in read(out)] == ["random", "evolution"]


@pytest.mark.parametrize(
    ("strategies", "ours", "other"),
    [("random,evolution", "random", "evolution"), ("random,tree", "tree", "random")],
)
def test_without_the_tree_others_are_held_against_the_first(
    spec, tmp_path, strategies, ours, other
):
    common = ["--table", spec, "--queries", 12, "--workers", 1, "--seeds", 2]
    result = command(*common, "--out", tmp_path / "runs.jsonl", "--strategies", strategies)
    assert f"Regret of each method minus that of {ours}, paired by seed" in result.output
    assert f"Above zero {ours} is ahead" in result.output
    _, paired = result.output.split("### Regret of each method minus")
    assert f"| toy | {other} | " in paired and f"| {ours} |" not in paired


def test_other_seeds_are_run_and_reported_by_themselves(spec, tmp_path):
    out = tmp_path / "runs.jsonl"
    common = ["--table", spec, "--queries", 12, "--workers", 1, "--out", out]
    common += ["--strategies", "random"]
    command(*common, "--seeds", 1)
    others = command(*common, "--seeds", 4, "--first-seed", 5)
    assert others.exit_code == 0, others.output
    assert [run.seed for run in read(out)] == [0, 5, 6, 7, 8]
    assert "4 seeds" in others.output


def test_what_is_named_twice_runs_and_counts_once(spec, tmp_path):
    out = tmp_path / "runs.jsonl"
    common = ["--queries", 5, "--workers", 1, "--seeds", 2, "--out", out]
    named = ["--table", spec, "--table", spec.parent / "." / ".." / spec.parent.name / spec.name]
    result = command(*common, *named, "--strategies", "random,evolution,random")
    assert result.exit_code == 0, result.output
    keys = [(line["method"], line["seed"]) for line in map(json.loads, out.open())]
    assert sorted(keys) == [("evolution", 0), ("evolution", 1), ("random", 0), ("random", 1)]


def test_a_trial_that_is_named_twice_is_made_once(spec):
    twice = {"--table": str(spec), "--sizes": "20", "--splits": "random", "--baselines": "ridge"}
    arguments = [part for name, value in twice.items() for part in (name, f"{value},{value}")]
    arguments[:2] = ["--table", str(spec), "--table", str(spec)]
    result = CliRunner().invoke(app, ["bench", "value", *arguments, "--seeds", "1", "--json"])
    assert [trial["method"] for trial in json.loads(result.stdout)] == ["value", "ridge"]


@pytest.mark.parametrize("bench", ["search", "value"])
def test_two_tables_of_one_name_are_refused(spec, bench):
    other = spec.with_name("other.yaml")
    other.write_text(SPEC)
    arguments = ["bench", bench, "--table", str(spec), "--table", str(other), "--seeds", "1"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    said = f"discover: {other}: its name 'toy' is also that of {spec}; expected another"
    assert result.stderr.splitlines() == [said]


def test_a_results_file_that_is_none_is_one_line(spec):
    notes = spec.with_name("notes.txt")
    notes.write_text("nothing of ours\n")
    result = command("--table", spec, "--out", notes)
    assert result.exit_code == 2
    (said,) = result.stderr.splitlines()
    assert said.startswith(f"discover: {notes} line 1: not a run of this benchmark")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe with a name")
@pytest.mark.parametrize("option", ["--table", "--out"])
def test_a_pipe_is_refused_and_not_waited_for(spec, option):
    pipe = spec.with_name("pipe.yaml")
    os.mkfifo(pipe)
    named = {"--table": spec, "--out": spec.with_name("runs.jsonl"), option: pipe}
    result = command(*(part for pair in named.items() for part in pair))
    assert (result.exit_code, f"{pipe}: expected a file that holds" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategies", "tree,magic"], "--strategies: no 'magic'; expected some of tree"),
        (["--strategies", "tree,radnom"], "no 'radnom'; did you mean random? Expected some of"),
        (["--model", "crystal-ball"], "--model: expected one of value"),
        (["--table", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["--queries", "10001"], "Invalid value for '--queries': "),
        (["--seeds", "10001"], "Invalid value for '--seeds': "),
    ],
)
def test_a_users_mistake_is_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    result = command(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_table_without_any_result_is_one_line(spec, tmp_path):
    (tmp_path / "toy.csv").write_text("ops,val,test\n000,,1\n001,nan,2\n")
    result = command("--table", spec, "--out", tmp_path / "runs.jsonl")
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("toy.csv, column 'val': no row has a figure")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("test", ["", "2"])
def test_what_is_not_reported_is_a_dash(spec, tmp_path, test):
    less = test and f"-{test}"
    (tmp_path / "toy.csv").write_text(f"ops,val,test\n000,1,{less}\n001,2,{test}\n")
    common = ["--table", spec, "--queries", 2, "--workers", 1, "--seeds", 2]
    result = command(*common, "--strategies", "random", "--out", tmp_path / "runs.jsonl")
    assert result.exit_code == 0, result.output
    assert "nan" not in result.output
    (reported,) = result.output.split("### Reported")[1].split("###")[0].strip().splitlines()[-1:]
    assert reported == f"| toy | random | {'2.00' if test else '-'} |"
    assert "| toy | random | - |" in result.output.split("### Improvement")[1].split("###")[0]


@pytest.mark.parametrize(
    ("operator", "level", "rows"),
    [
        (Operator.SAMPLE, None, ()),
        (Operator.MUTATE, Level.NODE, (7,)),
        (Operator.MUTATE, Level.NODE, (7, 42)),
        (Operator.RECOMBINE, None, (7, 42, 60)),
    ],
)
def test_it_offers_what_the_author_of_campaigns_does(spec, operator, level, rows):
    domain = TabularDomain.load(spec)
    tried = {domain.candidate(domain.table.genomes[row]): row for row in rows}
    parents = tuple(tried)
    ours = TableAuthor(domain, {c.id: domain.table.genomes[row] for c, row in tried.items()})
    intent = Intent(0, operator, level, tuple(c.id for c in parents), width=20)
    request = Request(operator, level, parents, count=20)
    theirs = GrammarAuthor(domain.space).propose(request, Random(1))
    offered = ours.propose(intent, Random(1))
    one, other = ({(c.id, c.level, c.operator) for c in found} for found in (offered, theirs))
    assert len(one) > 4 and one <= other
    assert one == other or operator == Operator.RECOMBINE, "there they are drawn, not listed"
    assert {c.parents for c in offered} == {c.parents for c in theirs}


def test_what_a_benchmark_lacks_is_said_before_anything_runs(spec, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    chosen = [methods("none", ablations=False)[name] for name in ("random", "boosting")]
    with pytest.raises(BaselineMissing, match="needs LightGBM"):
        check(plan([("toy", spec)], None, chosen, range(1), 5, set()))
