"""The web view in a real browser."""

import pytest

from discover.memory import candidates, evaluations, open_memory

from .hostile import fill, program, ran
from .served import chromium, served


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """A page of the browser, what it complained about, and the site that it may visit."""
    path = tmp_path_factory.mktemp("browse") / "discover.db"
    with chromium() as browser:
        ids = fill(path)
        with served(path) as address:
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            complaints = []
            page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "request",
                lambda request: None if request.url.startswith(address)
                else complaints.append(request.url),
            )  # fmt: skip
            yield page, address, ids, path, complaints


def test_every_page_loads_and_no_text_of_others_runs(visit):
    page, address, ids, _, complaints = visit
    campaign = f"/campaign/{ids['campaign']}"
    paths = ("/", campaign, f"{campaign}/tree", f"{campaign}/map", f"{campaign}/costs",
             f"{campaign}/themes", "/themes",
             f"/candidate/{ids['merged']}", f"/compare?a={ids['merged']}&b={ids['first']}",
             "/claims", "/knowledge", "/search?q=bold", "/data", "/data/candidates",
             "/data?sql=select+1")  # fmt: skip
    for path in paths:
        page.goto(address + path)
        assert page.evaluate("window.hacked") is None, path
        page.set_viewport_size({"width": 390, "height": 800})
        if not path.startswith("/data"):
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        page.set_viewport_size({"width": 1200, "height": 900})
    assert complaints == []


def test_the_policy_would_stop_a_script_that_came_through(visit):
    page, address, _, _, complaints = visit
    page.goto(address + "/claims")
    page.evaluate(
        "document.querySelector('main').innerHTML = '<img src=/none onerror=\"window.hacked=1\">'"
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in c for c in complaints)
    complaints.clear()


def test_the_tree_zooms_chooses_and_is_walked_by_keyboard(visit):
    page, address, ids, _, complaints = visit
    page.goto(f"{address}/campaign/{ids['campaign']}/tree")
    page.wait_for_selector("canvas[data-drawn=yes]")
    canvas = page.locator("canvas")

    def scale():
        page.wait_for_timeout(60)
        return float(canvas.get_attribute("data-scale"))

    assert canvas.get_attribute("data-nodes") == "13"
    whole, picture = scale(), canvas.screenshot()
    canvas.hover()
    page.mouse.wheel(0, -400)
    assert scale() > whole and canvas.screenshot() != picture
    page.click("#whole")
    assert scale() == whole
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("#chosen a").get_attribute("href") != f"/candidate/{ids['first']}"
    page.keyboard.press("Enter")
    page.wait_for_url("**/candidate/*")
    assert complaints == []


def test_a_difference_against_each_parent_shows(visit):
    page, address, ids, _, _ = visit
    page.goto(f"{address}/candidate/{ids['merged']}")
    assert page.locator("#diff details").count() == 2
    assert page.locator("#diff details[open] tr.old").first.is_visible()
    assert "return 5" in page.locator("#diff details[open] tr.new").inner_text()


def test_a_live_campaign_updates_without_a_reload(visit):
    page, address, ids, path, complaints = visit
    page.goto(f"{address}/campaign/{ids['campaign']}")
    page.evaluate("window.same = true")
    before = page.locator(".dot").count()
    with open_memory(path) as memory:
        child = program(77, parents=(ids["first"],), idea="fresh from the search")
        candidates.propose(memory, ids["campaign"], child, author="test", decision=77)
        evaluations.finish(memory, ids["campaign"], ran(child.id, 0, 0.99))
    page.get_by_text("fresh from the search").first.wait_for(timeout=20_000)
    assert page.locator(".dot").count() == before + 1
    assert page.evaluate("window.same") is True
    assert complaints == []


def test_lists_are_walked_with_j_and_k_and_search_is_a_key_away(visit):
    page, address, _, _, _ = visit
    page.goto(address + "/")
    page.keyboard.press("j")
    assert "/campaign/" in page.evaluate("document.activeElement.href")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_many_moves_between_two_frames_are_one_drawing(visit):
    page, address, ids, _, _ = visit
    page.goto(f"{address}/campaign/{ids['campaign']}/tree")
    page.wait_for_selector("canvas[data-drawn=yes]")
    drawn = page.evaluate(
        "async () => { let n = 0; const pen = document.getElementById('tree').getContext('2d');"
        " const clear = pen.clearRect.bind(pen); pen.clearRect = (...a) => { n++; clear(...a); };"
        " for (let i = 0; i < 50; i++) document.getElementById('closer').click();"
        " await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);"
        " return n; }"
    )
    assert drawn == 1
