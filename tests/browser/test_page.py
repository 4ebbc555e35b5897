"""The HTML report and the portfolio's page in a real browser: accessible, inert, responsive with 5,000 calls, asking nothing of anybody.

Needs the extra `browser` and a Chromium, found by COSTGATE_CHROMIUM or on the PATH; skipped without.
"""

from __future__ import annotations

import copy
import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from costgate.render import render
from costgate.render.options import Options

sync_api = pytest.importorskip("playwright.sync_api", reason="the extra `browser` is not installed")
axe_module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the extra `browser` is not installed")
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("COSTGATE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: install one or set COSTGATE_CHROMIUM"),
    pytest.mark.filterwarnings("default"),
]


def _fixtures(folder: str) -> Any:
    found = spec_from_file_location(f"costgate_tests_{folder}", Path(__file__).parents[1] / folder / "conftest.py")
    assert found and found.loader
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


MODES = ("audit", "diff", "check", "priced")
audit_report, diff_report, check_report, priced_report = (getattr(_fixtures("render"), f"{mode}_report") for mode in MODES)
audited = _fixtures("portfolio").audited


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Shown:
    """A page that was opened, with what it asked for and what went wrong in it."""

    def __init__(self, browser: Any, folder: Path, text: str, **more: Any) -> None:
        path = folder / "report.html"
        path.write_text(text, "utf-8")
        self.page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **more})
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        self.page.goto(path.as_uri())
        self.address = path.as_uri()

    def rows(self, name: str) -> Any:
        return self.page.locator(f"#{name} table[data-table] > tbody > tr:not(.inner)")


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    opened: list[Shown] = []

    def opener(report: Any, **more: Any) -> Shown:
        text = report if isinstance(report, str) else render(report, "html", Options(links="https://github.example/a/b"))
        opened.append(Shown(browser, tmp_path, text, **more))
        return opened[-1]

    yield opener
    for one in opened:
        assert (one.asked, one.wrong) == ([one.address], []), "no request but the page itself, no error"
        one.page.close()


def _unfold(shown: Shown) -> None:
    for name in ("calls", "findings", "changes", "workloads"):
        for fold in shown.page.locator(f"#{name} .fold").all()[:2]:
            fold.click()
    shown.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_accessible(show: Any, request: pytest.FixtureRequest, mode: str, scheme: str, width: int) -> None:
    shown = show(
        request.getfixturevalue(f"{mode}_report"), color_scheme=scheme, viewport={"width": width, "height": 800},
        bypass_csp=True, reduced_motion="reduce",
    )  # fmt: skip
    _unfold(shown)
    found = axe_module.Axe().run(shown.page)
    assert not found.response["violations"], found.generate_report()
    wide = shown.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "nothing but the tables may be wider than the window"


@pytest.fixture
def portfolio_page(audited: Any, tmp_path: Path) -> str:
    """Six repositories with long names, one of them over its budget, one that moved, one without a workload."""
    if find_spec("duckdb") is None:
        pytest.skip("the extra `fleet` is not installed")
    from costgate.cli import main

    long = "internal-summaries-for-the-whole-company"
    made = [audited("bot", words="Be kind. " * 30), audited("bot", traffic=900_000), audited("silent", traffic=None)]
    made += [audited(f"{long}-{number}", owner=f"team-of-{number}") for number in range(4)]
    for number, report in enumerate(made):
        (tmp_path / f"{number}.report.json").write_text(json.dumps(report))
    store = ["--store", str(tmp_path / "store")]
    main(["portfolio", "add", *store, *map(str, sorted(tmp_path.glob("*.report.json")))])
    main(["portfolio", "show", *store, "--format", "html", "--output", str(tmp_path / "portfolio.html")])
    return (tmp_path / "portfolio.html").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_portfolio_accessible(show: Any, portfolio_page: str, scheme: str, width: int) -> None:
    shown = show(
        portfolio_page, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True,
        reduced_motion="reduce",
    )  # fmt: skip
    shown.rows("workloads").first.locator(".fold").click()
    found = axe_module.Axe().run(shown.page)
    assert not found.response["violations"], found.generate_report()
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    fill = lambda which: shown.page.evaluate(f"getComputedStyle(document.querySelector('.bars {which} .sure')).fill")  # noqa: E731
    assert fill(".over") != fill("tr:not(.over)"), "what is over its budget is drawn in another colour"
    assert shown.page.locator(".trend").count() == 1 and shown.page.locator(".key").inner_text().count("over its budget") == 1
    shown.page.emulate_media(media="print")
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width, "nor does paper cut anything"


def test_few_rows_need_no_search(show: Any, audit_report: Any, diff_report: Any) -> None:
    assert show(audit_report).page.locator("#calls .filters").is_visible()
    short = copy.deepcopy(diff_report)
    short["calls"] = short["calls"][:2]
    assert show(short).page.locator("#calls .filters").is_hidden()


def test_figures_stay_whole(show: Any, priced_report: Any) -> None:
    shown = show(priced_report, viewport={"width": 1280, "height": 800})
    heights = shown.page.evaluate("[...document.querySelectorAll('.big .whole')].map((one) => one.getClientRects().length)")
    assert heights and set(heights) == {1}
    inside = shown.page.evaluate("[...document.querySelectorAll('.figures > div')].every((one) => one.scrollWidth <= one.clientWidth)")
    assert inside, "no figure sticks out of its box"


def test_what_is_hostile_is_text(show: Any, diff_report: Any) -> None:
    words = '<img src=x onerror="alert(1)"></script><script>alert(2)</script> javascript:alert(3) \u202e`'
    report = copy.deepcopy(diff_report)
    for call in report["calls"]:
        call |= {"path": f"src/{words}.py", "function": words, "callee": words, "workload": words}
        call["model"] = {**call["model"], "state": "known", "values": [words], "trail": [{"path": words, "line": 1}]}
    for finding in report["findings"]:
        finding |= {"message": words, "path": words}
    for rule in report["rules"]:
        rule |= {"name": words, "fix": words, "help": words}
    shown = show(report)
    _unfold(shown)
    assert shown.page.locator("img").count() == 0
    assert shown.page.evaluate("document.scripts.length") == 2
    assert "<img src=x onerror=" in shown.rows("findings").first.inner_text()
    assert all(one.startswith(("#", "https://github.example/a/b/blob/")) for one in
               shown.page.evaluate("[...document.links].map((one) => one.getAttribute('href'))"))  # fmt: skip


def test_sort_filter_and_unfold_by_keyboard(show: Any, audit_report: Any) -> None:
    shown = show(audit_report)
    page, rows = shown.page, shown.rows("calls")
    assert rows.count() == 7
    head = page.locator("#calls th", has_text="Prompt tokens")
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert [rows.nth(0).locator("td").nth(3).inner_text(), rows.nth(6).locator("td").nth(3).inner_text()] == ["3,245+", "?"]
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending" and rows.nth(0).locator("td").nth(3).inner_text() == "?"
    page.locator("#calls select[data-facet='3']").select_option("no price")
    assert rows.count() == 2 and page.locator("#calls [data-status]").inner_text() == "2 of 7 rows"
    page.locator("#calls button[type=reset]").click()
    page.locator("#calls [data-find]").fill("weekly SONNET")
    sync_api.expect(page.locator("#calls [data-status]")).to_have_text("1 of 7 rows")
    fold = rows.first.locator(".fold")
    fold.focus()
    page.keyboard.press("Space")
    assert fold.get_attribute("aria-expanded") == "true"
    inner = page.locator(f"#{fold.get_attribute('aria-controls')}")
    assert "claude-sonnet-4-5 or claude-haiku-4-5 (from argument)" in inner.inner_text()
    page.keyboard.press("Space")
    assert inner.count() == 0


def test_without_scripts_the_first_rows_are_there(show: Any, audit_report: Any) -> None:
    shown = show(audit_report, java_script_enabled=False)
    assert shown.rows("calls").count() == 7 and shown.page.locator(".filters").first.is_hidden()


def test_dark_and_light_can_be_chosen(show: Any, audit_report: Any) -> None:
    shown = show(audit_report, color_scheme="light")
    paper = lambda: shown.page.evaluate("getComputedStyle(document.body).backgroundColor")  # noqa: E731
    light = paper()
    shown.page.locator("#theme").click()
    assert paper() != light and shown.page.locator("#theme").inner_text() == "Light"


def test_five_thousand_calls(show: Any, audit_report: Any) -> None:
    report = copy.deepcopy(audit_report)
    calls = [call for call in report["calls"] if call["counted"]]
    report["calls"] = [
        {**calls[number % len(calls)], "path": f"pkg/m{number % 90}.py", "line": number + 1, "key": f"{number}"}
        for number in range(5000)
    ]
    report["findings"] = [{**report["findings"][0], "line": number + 1} for number in range(5000)]
    began = time.monotonic()
    shown = show(report)
    shown.rows("calls").nth(24).wait_for()
    loaded = time.monotonic() - began
    took = shown.page.evaluate(
        """async () => {
            const seen = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const times = [];
            for (const act of [
                () => document.querySelectorAll('#calls thead button')[4].click(),
                () => document.querySelector('#calls [data-on]').click(),
                () => document.querySelector('#calls .fold').click(),
                () => { const one = document.querySelector('#calls select'); one.dispatchEvent(new Event('change')); },
            ]) { const began = performance.now(); act(); await seen(); times.push(performance.now() - began); }
            return times;
        }"""
    )
    assert loaded < 15 and max(took) < 1000, f"many times what was measured, for a busy machine: {loaded}, {took}"


def test_printed_with_everything_unfolded(show: Any, audit_report: Any) -> None:
    shown = show(audit_report, color_scheme="dark", viewport={"width": 794, "height": 1123})
    shown.page.emulate_media(media="print")
    colour = "getComputedStyle(document.documentElement).getPropertyValue('{}').trim()"
    assert [shown.page.evaluate(colour.format(name)) for name in ("--paper", "--error-paper")] == ["#fff", "#ffebe9"], "paper is light"
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 794, "nothing runs off a sheet"
    pdf = shown.page.pdf()
    assert pdf.startswith(b"%PDF") and shown.page.locator(".filters").first.is_hidden()


def test_printed_tables_have_their_heads_on_every_sheet(show: Any, audit_report: Any) -> None:
    """A head that holds boxes of its own is left blank on the second sheet; a chart that never breaks leaves half of one empty."""
    pypdf = pytest.importorskip("pypdf", reason="the extra `browser` is not installed")
    first = next(call for call in audit_report["calls"] if call["cost_per_call"] is not None)
    calls = [{**first, "key": f"k{n}", "path": f"src/area{n % 7}/module{n}.py", "via": None} for n in range(160)]
    shown = show({**audit_report, "calls": calls})
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(shown.page.pdf(format="A4"))).pages]
    with_calls = [text for text in sheets if text.count("/module") > 15 and "Cost by" not in text]
    assert len(with_calls) >= 3
    assert all("Per 1,000" in text for text in with_calls)
    assert "Cost by call" in sheets[0], "the first sheet is used"
