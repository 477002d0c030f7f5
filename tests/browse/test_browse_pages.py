"""The web view over HTTP: every page, hostile text, who may ask, and reading while one writes."""

import html
import json
import math
import re
import sqlite3
import urllib.error
import urllib.request

import pytest

from discover.memory import candidates, evaluations, figures, open_memory, summaries
from discover.memory.browse import charts, code, tree
from discover.memory.errors import NoDatabase
from discover.space import Candidate, Evaluation, Status

from .hostile import EVIL, fill, program
from .served import served


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    path = tmp_path_factory.mktemp("browse") / "discover.db"
    ids = fill(path)
    with served(path) as address:
        yield address, ids, path


@pytest.fixture
def own_site(tmp_path):
    path = tmp_path / "discover.db"
    ids = fill(path)
    with served(path) as address:
        yield address, ids, path


class Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def ask(url, **headers):
    """Status, headers and text of an answer; no redirection is followed."""
    opener = urllib.request.build_opener(Unfollowed)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def pages(ids):
    campaign = f"/campaign/{ids['campaign']}"
    return {
        "/": "Campaigns",
        campaign: "Best candidates",
        f"{campaign}/tree": "Search tree",
        f"{campaign}/map": "On the front",
        f"{campaign}/archive": "cells are filled",
        f"{campaign}/costs": "Language models by role",
        f"/candidate/{ids['merged']}": "What changed",
        f"/candidate/{ids['failed']}": "Kept of its runs",
        f"/compare?a={ids['merged']}&b={ids['second']}": "From the second to the first",
        "/claims": "Holds",
        "/knowledge": "Limits",
        f"{campaign}/themes": "progress",
        "/themes": "Themes",
        "/search?q=bold": "The words in ideas",
        "/data/candidates": "13 rows",
        "/data/insights": "1 row",
    }


def test_every_page_shows_its_content_and_keeps_hostile_text_as_text(site):
    address, ids, _ = site
    for path, expected in pages(ids).items():
        status, headers, body = ask(address + path)
        assert (status, expected in body) == (200, True), path
        plain = ("/search?q=bold", "/themes", f"/campaign/{ids['campaign']}/tree")
        if path not in plain and not path.endswith("/themes"):
            assert "&lt;script&gt;" in body, f"{path} does not show the hostile text"
        scripts = re.findall(r"<script[^>]*>", body)
        assert all(re.match(r'<script src="/discover-static/\w+\.js" defer>', s) for s in scripts)
        assert not re.search(r"<(img|b>bold|svg/)", body), path
        assert "runaway" not in body, f"{path} ran a template out of the memory"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"].split("style-src")[0]


def test_hostile_text_in_the_address_stays_text(site):
    address, ids, _ = site
    evil = urllib.request.quote(EVIL)
    for path in (f"/search?q={evil}", f"/compare?a={evil}&b=x", f"/knowledge?q={evil}",
                 f"/campaign/{ids['campaign']}/map?x={evil}&y={evil}", f"/{evil}"):  # fmt: skip
        status, _, body = ask(address + path)
        assert status < 500, path
        assert "<script>window" not in body and "<img" not in body, path


def test_tables_come_as_json_and_csv(site):
    address, ids, _ = site
    rows = json.loads(ask(f"{address}/data/claims.json?_shape=objects")[2])["rows"]
    assert [row["statement"] for row in rows] == [EVIL]
    csv = ask(f"{address}/data/evaluations.csv?campaign={ids['campaign']}")[2]
    assert len(csv.splitlines()) == 1 + 14


def test_themes_come_as_json_and_csv(site):
    address, ids, _ = site
    for path in (f"/campaign/{ids['campaign']}/themes", "/themes"):
        domain = f"?domain={urllib.request.quote(EVIL)}" if path == "/themes" else ""
        rows = json.loads(ask(f"{address}{path}.json{domain}")[2])["rows"]
        assert sum(row["candidates"] for row in rows if row["depth"] == 0) == 13
        lines = ask(f"{address}{path}.csv{domain}")[2].splitlines()
        assert lines[0].startswith("depth,path") and len(lines) == 1 + len(rows)


def test_the_archive_comes_as_json_and_csv_of_any_two_metrics(site):
    address, ids, _ = site
    path = f"{address}/campaign/{ids['campaign']}/archive"
    rows = json.loads(ask(f"{path}.json?x=loss&y=nothing+more")[2])["rows"]
    assert {row["row"] for row in rows} == {0}
    assert ask(f"{path}.csv?x=loss&y=nothing+more")[2].splitlines()[0].startswith("column,row")


def test_the_archive_begins_with_what_tells_candidates_apart(own_site):
    address, ids, path = own_site
    page = f"{address}/campaign/{ids['campaign']}/archive"
    assert '<option value="size" selected>' in ask(page)[2]  # nothing better: it is always 3
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO metrics SELECT evaluation, 'width', evaluation % 3 FROM metrics"
            " WHERE name = 'size'"
        )
    body = ask(page)[2]
    assert '<option value="width" selected>' in body and "3 of 3 cells are filled" in body


def test_the_map_comes_as_json_and_csv_of_any_two_metrics(site):
    address, ids, _ = site
    path = f"{address}/campaign/{ids['campaign']}/map"
    found = json.loads(ask(f"{path}.json?x=size&y={urllib.request.quote(EVIL)}")[2])
    assert (found["x"], found["y"], len(found["rows"])) == ("size", EVIL, 13)
    best = max(found["rows"], key=lambda row: row["y"])
    assert best["on_front"] and best["x"] == 3.0
    lines = ask(f"{path}.csv?x=size")[2].splitlines()
    assert lines[0] == "candidate,x,y,author,on_front" and len(lines) == 14


def test_a_comparison_comes_as_json_and_csv(site):
    address, ids, _ = site
    asked = f"a={ids['merged']}&b={ids['second']}"
    [row] = json.loads(ask(f"{address}/compare.json?{asked}")[2])["rows"]
    assert (row["tier"], row["shared_seeds"]) == ("quick", 1)
    assert row["difference"] == pytest.approx(row["first"] - row["second"])
    assert len(ask(f"{address}/compare.csv?{asked}")[2].splitlines()) == 2
    assert json.loads(ask(f"{address}/compare.json")[2]) == {"rows": []}
    status, _, body = ask(f"{address}/compare.json?a={ids['merged']}&b=zzz")
    assert status == 404 and "no candidate" in json.loads(body)["error"]


def test_a_candidate_answers_to_the_beginning_of_its_id_and_an_unknown_one_is_named(site):
    address, ids, _ = site
    status, _, body = ask(f"{address}/candidate/zzz")
    assert status == 404 and "no candidate &#39;zzz&#39;" in body
    assert ask(f"{address}/candidate/{ids['first'][:9]}")[0] == 200


def test_a_table_that_cannot_be_sorted_so_says_it(site):
    address, _, _ = site
    status, _, body = ask(f"{address}/data/standings?_sort=low")
    assert status == 400 and "Cannot sort" in body


def test_a_program_with_thousands_of_lines_has_a_page(own_site):
    address, ids, path = own_site
    long = Candidate.from_source("\n".join(f"x{n} = {n % 7}" for n in range(6000)),
                                 parents=(ids["first"],), operator="mutate")  # fmt: skip
    with open_memory(path) as memory:
        candidates.propose(memory, ids["campaign"], long, author="test", decision=500)
    status, _, body = ask(f"{address}/candidate/{long.id}")
    assert status == 200 and "x5999" in body


def test_curves_and_scores_at_the_edge_of_numbers_break_no_page(own_site):
    address, ids, path = own_site
    wild = program(400, parents=(ids["first"],), operator="mutate")
    curves = {"all": (math.inf, -math.inf, math.nan, 1e308, -1e308, 0.0), "none": (math.inf,)}
    with open_memory(path) as memory:
        candidates.propose(memory, ids["campaign"], wild, author="test", decision=501)
        for seed, score in enumerate((1e308, 1.7e308, -1e308)):
            run = Evaluation(wild.id, "quick", seed, Status.OK, metrics={EVIL: score},
                             curves=curves)  # fmt: skip
            evaluations.finish(memory, ids["campaign"], run)
    for page in (*pages(ids), f"/candidate/{wild.id}", f"/compare?a={wild.id}&b={ids['first']}"):
        status, _, body = ask(address + page)
        assert status == 200, page
        assert not re.search(r'="[^"]*\b(nan|inf)\b', body), page
    tree = ask(f"{address}/campaign/{ids['campaign']}/tree.json")[2]
    json.loads(tree, parse_constant=pytest.fail)


def test_a_row_that_no_discover_wrote_is_named_and_no_defect_of_ours(own_site, capfd):
    address, ids, path = own_site
    page = f"{address}/candidate/{ids['merged']}"
    assert ask(page)[0] == 200
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE evaluations SET score = '<b>' WHERE score IS NOT NULL")
    status, _, text = ask(page)
    assert status == 400 and "score is text &#39;&lt;b&gt;&#39;, expected a number" in text
    assert "Traceback" not in capfd.readouterr().err


def test_a_defect_of_ours_is_said_with_its_traceback_in_the_terminal(own_site, capfd, monkeypatch):
    address, _, _ = own_site
    monkeypatch.setattr(summaries, "totals", lambda memory: 1 / 0)
    status, _, text = ask(f"{address}/")
    assert status == 500 and "its terminal has the details" in text
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_the_tree_as_data(site):
    address, ids, _ = site
    found = json.loads(ask(f"{address}/campaign/{ids['campaign']}/tree.json")[2])
    assert len(found["id"]) == 13
    assert found["parent"][:3] == [-1, 0, 1] and found["status"][3] == "failed"
    assert found["y"] == [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11]


def test_what_is_not_there_is_one_line_and_404(site, capfd):
    address, _, _ = site
    for path in ("/candidate/ffffffff", "/campaign/nonesuch", "/nowhere", "/data/nowhere"):
        status, _, body = ask(address + path)
        assert status == 404 and "Traceback" not in body, path
    assert "Traceback" not in capfd.readouterr().err


def test_nothing_can_be_written(site):
    address, _, path = site
    before = sqlite3.connect(path).execute("SELECT count(*) FROM campaigns").fetchone()
    status, _, _ = ask(f"{address}/data?sql=delete+from+campaigns")
    assert status == 400
    assert sqlite3.connect(path).execute("SELECT count(*) FROM campaigns").fetchone() == before


def test_only_loopback_names_are_answered(site):
    address, _, _ = site
    assert ask(address + "/claims", Host="evil.example")[0] == 403
    assert ask(address + "/claims", Host="localhost:9")[0] == 200


def test_a_token_opens_once_and_then_a_cookie(site):
    _, _, path = site
    with served(path, token="s3cret") as address:
        assert ask(address + "/claims")[0] == 401
        assert ask(address + "/claims?token=wrong")[0] == 401
        assert ask(address + "/claims", Cookie="discover_token=wrong")[0] == 401
        status, headers, _ = ask(address + "/claims?token=s3cret", Host="box.example")
        assert (status, headers["location"]) == (303, "/claims")
        cookie = headers["set-cookie"].split(";")[0]
        assert ask(address + headers["location"], Cookie=cookie)[0] == 200


def test_a_page_shows_what_was_written_a_moment_ago(site):
    address, ids, path = site
    child = program(99, parents=(ids["first"],), idea="written while it is being watched")
    with open_memory(path) as memory, memory.transaction():
        candidates.propose(memory, ids["campaign"], child, author="test")
        assert "watched" not in ask(f"{address}/campaign/{ids['campaign']}")[2]
    assert "watched" in ask(f"{address}/campaign/{ids['campaign']}")[2]
    with open_memory(path) as memory, memory.transaction() as connection:
        only = "(SELECT id FROM proposals WHERE candidate = ?)"
        connection.execute(f"DELETE FROM parents WHERE proposal = {only}", (child.id,))
        connection.execute("DELETE FROM proposals WHERE candidate = ?", (child.id,))


def test_no_memory_is_said_before_anything_is_served(tmp_path):
    from discover.memory.browse.server import application

    with pytest.raises(NoDatabase):
        application(tmp_path / "none.db", limits=lambda budget: {})


def test_a_layout_has_parents_amid_children_and_no_two_in_one_place():
    place = tree.layout([-1, 0, 0, 1, 1, 2, -1])
    assert place == [(1.25, 0), (0.5, 1), (2.0, 1), (0.0, 2), (1.0, 2), (2.0, 2), (3.0, 0)]


def test_a_difference_holds_both_sides_and_their_numbers():
    lines = code.difference("a\r\nb\nc", "a\nx\nc")
    assert [(x.kind, x.old, x.new) for x in lines] == [
        ("same", 1, 1), ("old", 2, None), ("new", None, 2), ("same", 3, 3),
    ]  # fmt: skip
    assert code.difference("a", "a") == []


def test_a_difference_marks_the_words_that_changed_and_stays_escaped():
    old, new = code.difference("f(0.25, '<a>') # one", "f(0.75, '<a>') # <i>")
    assert re.findall("<mark>(.*?)</mark>", old.html) == ["0.25", "one"]
    assert re.findall("<mark>(.*?)</mark>", new.html) == ["0.75", "&lt;i&gt;"]
    text = re.sub("<[^>]*>", "", new.html)
    assert html.unescape(text) == "f(0.75, '<a>') # <i>"


def test_in_a_long_line_of_numbers_the_one_that_changed_is_marked():
    line = ", ".join(f"({n / 8}, 0.1)" for n in range(40))
    old, new = code.difference(line, line.replace("(2.5, 0.1)", "(2.51, 0.1)"))
    assert [re.findall("<mark>(.*?)</mark>", x.html) for x in (old, new)] == [["2.5"], ["2.51"]]


def test_lines_with_little_in_common_are_not_marked_within():
    assert "<mark>" not in "".join(x.html for x in code.difference("a b c", "x y z"))
    many = "\n".join(f"value = {n}" for n in range(100))
    marked = [
        x for x in code.difference(many, many.replace("value", "other")) if "<mark>" in x.html
    ]
    assert not marked  # so many in a row would take longer than the page


def test_code_cannot_hide_behind_characters_that_reorder():
    assert "\u202e" not in "".join(code.highlighted("x = '\u202e'"))
    assert "\\u202e" in "".join(code.highlighted("x = '\u202e'"))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_far_tail_does_not_flatten_the_plot_and_no_good_score_is_cut(sign):
    scores = [sign * v for v in (0.1, *(0.8 + 0.01 * n for n in range(10)), 2.0)]
    marks = [charts.Mark(score, "c", "") for score in scores]
    direction = "max" if sign > 0 else "min"
    chart = charts.progress(marks, {"poor": sign * 0.2, "good": sign * 0.9}, direction, "score")
    heights = [dot.y for dot in chart.dots]
    assert len(set(heights)) == 12  # what is far off on the good side has its own place
    assert [level.label for level in chart.levels] == ["good"]
    flat = charts.progress(marks, {"poor": sign * 0.2}, direction, "score")
    assert [level.label for level in flat.levels] == ["poor"]  # the best reference always


def test_a_map_keeps_its_front_in_sight():
    dots = [(0.1 * n, 1.0, "run", "", "") for n in range(20)]
    chart = charts.scatter([*dots, (50.0, 3.0, "front", "", ""), (90.0, 0.5, "run", "", "")], "xy")
    assert chart.dots[-1].x == chart.right and chart.dots[-2].x < chart.right - 20


def test_figures_that_differ_look_different():
    assert [figures.digits(v) for v in ([], [None, 1.0], [2.1484, 2.1481], [1.0, 1.0 + 1e-9])] == [
        4, 4, 5, 4,
    ]  # fmt: skip


def test_progress_takes_the_better_direction():
    marks = [charts.Mark(score, "c", "") for score in (0.5, 0.2, 0.9)]
    up = charts.progress(marks, {}, "max", "score")
    down = charts.progress(marks, {}, "min", "loss")
    assert up and down
    heights = [[float(p.split(",")[1]) for p in c.lines[0].points.split()] for c in (up, down)]
    assert heights[0][-1] < heights[0][0]  # a higher score is higher on the picture
    assert heights[1][-1] > heights[1][0]
