"""What a campaign looks like while it runs and when it has ended."""

import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import get_args

import pytest
import typer
from rich.console import Console

from discover.cli.board import Board
from discover.cli.border import guard
from discover.cli.conduct import Announcer, conduct, exit_code
from discover.cli.ending import report
from discover.cli.judge import describe, reference_scores
from discover.cli.live import draw, live_view
from discover.cli.text import duration, near, plain
from discover.cli.watch import Lines
from discover.evaluators.domain import Objective
from discover.evaluators.report import Report, judge
from discover.memory.campaigns import CampaignStatus
from discover.memory.errors import CannotWrite
from discover.memory.evaluations import Purpose
from discover.sandbox import LocalExecutor
from discover.search.campaign.turns import (
    Claimed,
    Ended,
    Finished,
    Leads,
    Phase,
    Proposed,
    Running,
    Started,
    Tick,
    ToBeat,
    Turn,
    Warned,
)
from discover.search.claims.comparison import Comparison
from discover.search.limits.budget import Budget, Unit
from discover.search.limits.interrupt import Interruption
from discover.search.limits.stop import Progress
from discover.search.report.summary import Scored, Summary
from discover.space import Candidate, Status

BUDGET = Budget.parse("10m,50evals")
HOSTILE = "[bold red]x[/] :boom: \x1b[2J\x1b]0;title\x07 \u202eevil\nsecond line [/nonsense]"
RUN = ("0123456789abcdef", "quick", 0, Purpose.SEARCH)
STARTED = Started("c1", "toy", "10m", 0, 2, "S3", sign=1)
LEADS = Leads("0123456789abcdef", "quick", 0.5)


def at(wall, evaluations=0, best=None, since_best=0):
    spent = {Unit.WALL: wall, Unit.DEVICE: 2 * wall, Unit.EVALUATIONS: evaluations}
    return Progress(spent, evaluations, best, since_best)


def shown(events):
    """The view after `events` of (event, progress), as text without styles."""
    board = Board()
    for event, progress in events:
        board.take(event, progress.spent[Unit.WALL])
    console = Console(file=io.StringIO(), record=True, width=100, markup=False, emoji=False)
    console.print(draw(board, events[-1][1], BUDGET))
    return console.export_text()


def test_the_view_shows_best_references_budget_tiers_slots_and_last_events():
    text = shown(
        [
            (STARTED, at(0)),
            (ToBeat("quick", {"gdn": 0.86, "gla": 0.7}), at(1)),
            (Running(*RUN), at(2)),
            (Running("feed", *RUN[1:]), at(5)),
            (Finished(*RUN, Status.OK, score=0.9), at(31)),
            (Finished("1234", "gate", *RUN[2:], Status.REJECTED, "no luck"), at(40)),
            (replace(LEADS, score=0.9), at(60, 25, 0.9, 4)),
        ]
    )
    assert "campaign c1 on toy" in text
    assert "0.9 0123456789abcdef" in text and "4 scores since" in text
    assert text.index("0.86 gdn") < text.index("0.7 gla")
    assert "1 m of 10 m" in text and "25 of 50" in text
    assert "1 ended, 1 unscored" in text
    assert "feed  quick  55 s" in text
    assert text.count("running") == 1, "what ended is no longer running"
    assert "leads with 0.9" in text and "gate rejected: no luck" in text
    assert "budget 10m, seed 0, 2 slots, isolation S3" in text


def test_references_are_ordered_by_the_direction_of_the_objective():
    board = Board()
    board.take(replace(STARTED, sign=-1), 0)
    for name, score in (("bad", 9.0), ("good", 1.0), ("middling", 5.0)):
        board.take(Finished(*RUN, Status.OK, score=score, reference=name), 1)
    assert board.strongest_references(2) == [("good", 1.0), ("middling", 5.0)]


def test_hostile_text_is_shown_and_never_obeyed():
    run = (0, Purpose.REFERENCE)
    text = shown(
        [
            (Started(HOSTILE, HOSTILE, HOSTILE, 0, 2, HOSTILE, 1), at(0)),
            (Running(HOSTILE, HOSTILE, *run), at(1)),
            (Finished(HOSTILE, "t", *run, Status.OK, HOSTILE, 1.0, reference=HOSTILE), at(1)),
            (Leads(HOSTILE, HOSTILE, 1.0), at(2, 1, 1.0)),
        ]
    )
    assert "[bold red]x[/] :boom:" in text
    assert "\\x1b[2J" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_the_live_view_draws_on_a_terminal_and_ends_with_the_last_state():
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, height=40, color_system=None)
    with live_view(BUDGET, console) as view:
        view(STARTED, at(0))
        view(Warned(HOSTILE), at(1))
        view(LEADS, at(1, 1, 0.5))
        view(Phase("a long wait begins"), at(1))
        assert "a long wait begins" in stream.getvalue(), "drawn at once, before the wait"
        view(Ended("c1", CampaignStatus.DONE, "over"), at(2, 1, 0.5))
    last = stream.getvalue().rpartition("campaign c1")[2]
    assert "0.5 0123456789abcdef" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue() and "\u202e" not in stream.getvalue()
    assert last


def test_the_clock_ticks_while_nothing_is_told():
    ticked = Event()

    class Screen(io.StringIO):
        def write(self, text):
            if "1 m 05 s of 10 m" in text and "feed  quick  1 m 03 s" in text:
                ticked.set()
            return super().write(text)

    now = 100.0
    console = Console(file=Screen(), force_terminal=True, width=100, height=40, color_system=None)
    with live_view(BUDGET, console, clock=lambda: now) as view:
        view(STARTED, at(0))
        view(Running("feed", *RUN[1:]), at(2))
        now += 63
        assert ticked.wait(30), console.file.getvalue()
        view(Ended("c1", CampaignStatus.DONE, "over"), at(70))
        now += 60
    assert "2 m 10 s" not in console.file.getvalue(), "what ended does not tick"


def test_lines_are_one_an_event_and_leave_out_the_small_talk():
    stream = io.StringIO()
    lines = Lines(stream)
    told = [
        STARTED, Phase(HOSTILE), ToBeat("quick", {HOSTILE: 1.0}),
        Finished(HOSTILE, *RUN[1:], Status.FAILED), replace(LEADS, candidate=HOSTILE),
        Warned(HOSTILE), Claimed(HOSTILE, holds=True),
    ]  # fmt: skip
    small_talk = [
        Proposed("feed", "mutate", None, ""), Running(*RUN), Tick(),
        Ended("c1", CampaignStatus.DONE, "over"),
    ]  # fmt: skip
    assert {type(turn) for turn in told + small_talk} == set(get_args(Turn))
    for turn in told + small_talk:
        lines(turn, at(61))
    said = stream.getvalue().splitlines()
    assert len(said) == len(told)
    assert all(line.startswith(" 1 m 01 s") for line in said)
    assert not {"\x1b", "\x07", "\u202e"} & set(stream.getvalue())


def test_a_reader_who_left_does_not_end_the_campaign():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    lines = Lines(Gone())
    lines(LEADS, at(1))
    lines(LEADS, at(1))
    assert lines.closed


def test_a_wish_to_stop_is_announced_once():
    seen, asked = [], Interruption()
    announcer = Announcer([lambda turn, progress: seen.append(turn)], asked)
    announcer(Tick(), at(1))
    asked.asked = True
    announcer(Tick(), at(2))
    announcer(Tick(), at(3))
    assert [type(turn) for turn in seen] == [Tick, Warned, Tick, Tick]
    assert "Ctrl-C again" in seen[1].message


def summary(**changes):
    values = {
        "campaign_id": "c1", "domain": "toy", "database": "my.db", "seed": 3,
        "status": CampaignStatus.DONE, "reason": "the budget's wall_s are spent",
        "isolation": "S3", "objective": "score",
        "direction": "max", "unit": "", "tier": "quick",
        "spent": {"wall_s": 600.0, "device_s": 1100.0, "evaluations": 30.0},
        "limits": {"wall_s": 600.0},
        "evaluations": {"gate": 20, "quick": 10}, "failures": {"rejected": 3},
        "best": [Scored("aaaa", "", 0.9, 1, False)],
        "references": [Scored("bbbb", "gdn", 0.8, 3, True)],
        "comparisons": [], "sentences": [], "no_claim_reason": "",
    }  # fmt: skip
    return Summary(**{**values, **changes})


def compared(holds):
    low = 0.01 if holds else -0.05
    one = Comparison("cccc", "gdn", "quick", (1000, 1001, 1002), 0.1, low, 0.2, 1)
    return {"comparisons": [one], "sentences": [one.sentence("cccc")]}


def test_the_end_states_the_claims_and_points_at_the_claimed_code():
    text = report(summary(**compared(holds=True)))
    assert "Claims, on paired fresh seeds:\n  cccc beats gdn at tier quick, ahead by +0.100" in text
    assert "[+0.010, +0.200] (95%" in text and "3 paired seeds" in text
    assert "discover export cccc --to cccc --db my.db" in text
    assert "discover memory show cccc --db my.db" in text
    assert "Nothing is claimed" not in text


def test_the_end_says_plainly_that_nothing_is_claimed_and_why():
    text = report(
        summary(**compared(holds=False), no_claim_reason="nothing beats the strongest reference")
    )
    assert "Nothing is claimed: nothing beats the strongest reference." in text
    assert "cccc is not shown to beat gdn" in text
    assert "discover export aaaa --to aaaa" in text


def test_the_end_counts_what_was_run_and_spent():
    text = report(summary(no_claim_reason="x"))
    assert "10 quick to search; 20 at the gate" in text and "3 rejected" in text
    assert "wall time 10 m of 10 m, device time 18 m 20 s, evaluations 30" in text
    assert "reference gdn" in text


@pytest.mark.parametrize(("direction", "first"), [("max", "aaaa"), ("min", "reference gdn")])
def test_the_table_orders_candidates_and_references_together(direction, first):
    lines = report(summary(direction=direction, no_claim_reason="x")).splitlines()
    heading = next(i for i, line in enumerate(lines) if line.startswith("Best of the search"))
    assert lines[heading + 1].endswith(first)


def test_what_earlier_campaigns_made_is_told_from_what_this_search_found():
    known = [Scored("cccc", "", 0.95, 1, False), Scored("dddd", "", 0.5, 1, False)]
    text = report(summary(known=known, no_claim_reason="x"))
    heading = text.splitlines().index(
        "Best of the search at tier quick, by score (higher is better):"
    )
    cccc, aaaa, gdn, dddd = text.splitlines()[heading + 1 : heading + 5]
    assert cccc.endswith("cccc  of an earlier campaign") and aaaa.endswith("aaaa")
    assert gdn.endswith("gdn") and dddd.endswith("dddd  of an earlier campaign")
    assert "export cccc" in text, "the best there is, whoever made it"
    nothing = report(summary(known=known, best=[], no_claim_reason="x"))
    assert "Nothing new has a score; to beat at tier quick" in nothing
    assert "Best of the search" not in nothing and "export cccc" in nothing


def test_the_best_are_shown_with_what_they_are_expected_to_be_worth():
    best = [Scored("aaaa", "", 0.9, 1, False, 0.853)]
    lines = report(summary(best=best, no_claim_reason="x")).splitlines()
    assert next(line for line in lines if "aaaa" in line).endswith("aaaa  expected 0.853")
    assert any("with that luck taken off" in line for line in lines)
    assert "expected" not in report(summary(no_claim_reason="x")).lower()


def test_an_unfinished_end_says_how_to_go_on():
    stopped = summary(status=CampaignStatus.STOPPED, no_claim_reason="it was interrupted")
    assert "discover resume c1 --db my.db" in report(stopped)
    assert "--budget MORE" in report(summary(no_claim_reason="x"))


def test_an_end_without_candidates_offers_no_code():
    text = report(summary(best=[], references=[], no_claim_reason="no candidate was scored"))
    assert "discover export" not in text and "Best of the search" not in text


def test_the_end_is_harmless_where_texts_are_hostile():
    text = report(
        summary(
            domain=HOSTILE,
            database=HOSTILE,
            reason=HOSTILE,
            isolation=HOSTILE,
            tier=HOSTILE,
            references=[Scored("bbbb", HOSTILE, 0.8, 3, True)],
            evaluations={HOSTILE: 2},
            sentences=[HOSTILE],
            no_claim_reason=HOSTILE,
        )
    )
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "\nsecond line" not in text


def test_the_summary_is_json_with_its_verdicts():
    data = json.loads(json.dumps(summary(**compared(holds=True)).to_dict()))
    assert data["comparisons"][0]["holds"] is True


@pytest.mark.parametrize(
    ("changes", "interrupted", "code"),
    [
        ({}, False, 0),
        ({"best": [], "failures": {}}, False, 3),
        ({"best": [], "failures": {"failed": 4}}, False, 6),
        ({"status": CampaignStatus.STOPPED}, True, 130),
        ({"status": CampaignStatus.DONE}, True, 0),
    ],
)
def test_exit_codes(changes, interrupted, code):
    assert exit_code(summary(**changes), interrupted=interrupted) == code


@pytest.mark.parametrize("begun", [False, True])
def test_a_fault_of_the_machine_aborts_what_has_begun(begun, capsys):
    def search(observers, stops):
        if begun:
            for observer in observers:
                observer(STARTED, at(0))
        raise CannotWrite("my.db cannot be written: the disk is full")

    code = guard(lambda: conducted(search) if not begun else exited(search))
    said = capsys.readouterr().err.splitlines()[-1]
    assert "the disk is full" in said
    assert code == (4 if begun else 2)
    assert ("`discover resume c1 --db my.db`" in said) is begun


def conducted(search, **more):
    return conduct(search, BUDGET, db=Path("my.db"), as_json=True, **more)


def exited(search, **more):
    with pytest.raises(typer.Exit) as caught:
        conducted(search, **more)
    return caught.value.exit_code


def test_a_second_ctrl_c_names_the_command_that_goes_on(capsys):
    def search(observers, stops):
        for observer in observers:
            observer(STARTED, at(0))
        raise KeyboardInterrupt

    assert exited(search) == 130
    said = capsys.readouterr().err.splitlines()[-1]
    go_on = "`discover resume c1 --db my.db` goes on from what is stored"
    assert said == f"discover: stopped at once; {go_on}"


def test_more_budget_that_runs_gates_alone_was_too_little():
    def searching(tier):
        def search(observers, stops):
            for observer in observers:
                observer(Running("aaaa", tier, 0, Purpose.SEARCH), at(0))
            return summary()

        return search

    assert exited(searching("gate"), must_run=True) == 3
    conducted(searching("quick"), must_run=True)


def test_the_log_holds_one_object_an_event_and_outlives_a_full_disk(tmp_path, capsys):
    def search(observers, stops):
        for turn in (STARTED, Tick(), replace(LEADS, candidate=HOSTILE)):
            for observer in observers:
                observer(turn, at(2, 3, 0.5))
        return summary()

    log = tmp_path / "log.jsonl"
    log.write_text('{"kind": "an earlier campaign"}\n{"kind": "cut o')
    conducted(search, log=log)
    conducted(search, log=log)
    first, cut_off, *more = log.read_text().splitlines()
    assert (first, cut_off) == ('{"kind": "an earlier campaign"}', '{"kind": "cut o')
    lines = [json.loads(line) for line in (first, *more)]
    assert [line["kind"] for line in lines[1:]] == ["started", "best"] * 2
    assert lines[2]["candidate"] == HOSTILE and lines[2]["score"] == 0.5
    assert lines[2]["message"] == f"{HOSTILE} leads with 0.5 at quick"
    assert lines[1]["campaign"] == "c1" and lines[1]["isolation"] == "S3"
    assert lines[2]["spent"]["wall_s"] == 2 and lines[2]["evaluations"] == 3
    capsys.readouterr()
    conducted(search, log=Path("/dev/full"))
    said = capsys.readouterr().err
    assert said.count("no log any more: /dev/full: No space left") == 1


def test_what_is_in_flight_is_shown_apart_from_what_was_spent():
    progress = replace(at(60, 25, 0.9), reserved={Unit.EVALUATIONS: 2.0})
    text = shown([(STARTED, progress)])
    assert "25 of 50, up to 2 in flight" in text
    assert "about 25 more evaluations" in text, "the evaluations run out before the minutes"


def test_judging_tells_how_far_it_is(toy):
    told = []
    with closing(LocalExecutor(1)) as executor:
        candidate = Candidate.from_source("X = 7\nY = 4\n")
        judge(str(toy), candidate, "quick", range(2), executor, told.append)
    assert told == [
        "gates: 0 of 1 ended", "gates: 1 of 1 ended",
        "quick: 0 of 2 ended", "quick: 1 of 2 ended", "quick: 2 of 2 ended",
    ]  # fmt: skip


def test_sixty_columns_are_enough_for_what_was_spent_and_said():
    board = Board()
    board.take(ToBeat("quick", {"gated-deltanet": 0.8612}), 0)
    console = Console(file=io.StringIO(), record=True, width=60)
    console.print(draw(board, at(60, 25), BUDGET))
    text = console.export_text()
    assert "1 m of 10 m" in text and "25 of 50" in text and "0.8612" in text


def test_durations_are_readable():
    seconds = (0.44, 9.96, 42, 59.7, 185, 600, 3599.8, 3600, 7620)
    said = ["0.4 s", "10.0 s", "42 s", "1 m", "3 m 05 s", "10 m", "1 h", "1 h", "2 h 07 m"]
    assert [duration(s) for s in seconds] == said


def test_plain_text_is_one_bounded_line():
    assert plain("a\tb\r\nc") == "a b c"
    assert plain("x" * 50, 10) == "x" * 9 + "…"
    assert plain("\ud800\x9b") == "\\ud800\\x9b"


def test_near_names():
    assert near("gatd-deltanet", ["gated-deltanet", "gla"]) == "; did you mean gated-deltanet?"
    assert near("zzz", ["gated-deltanet"]) == ""


class Shipped:
    """A domain that ships what two references scored."""

    objectives = (Objective("loss", "min"),)

    def __init__(self, **scores):
        self.scores = scores

    def reference_metrics(self, tier):
        return {n: {0: {"loss": s}, 1: {"loss": s}} for n, s in self.scores.items()}

    def noise(self, tier):
        return 0.05


def judged(**metrics):
    cost = {"cpu_s": 1.0, "wall_s": 1.0}
    return Report("ab12", "quick", Status.OK, "", metrics, cost, "S3", [])


def test_a_score_is_set_beside_the_references():
    text = describe(judged(loss=[1.4, 1.6]), Shipped(worse=2.0, better=1.0, best=0.5))
    beside = text[text.index("loss beside") :].splitlines()
    assert beside[0] == "loss beside the references (lower is better):"
    assert [line.split()[1] for line in beside[1:5]] == ["best", "better", "(this", "worse"]
    assert beside[5].strip() == "3 of 4; one seed's score varies by 0.05"
    assert reference_scores(Shipped(worse=2.0, best=0.5), "quick") == {"best": 0.5, "worse": 2.0}


def test_no_score_and_no_references_leave_the_comparison_out():
    assert "beside" not in describe(judged(), Shipped(best=0.5))
    assert "beside" not in describe(judged(loss=[1.0]), Shipped())
