"""Reading samples: every trace as it was written, with a mouse or with keys alone."""

import json

import polars as pl

from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table
from scripts.lib.tables import Answer, Trace
from tests.page.conftest import until
from tests.page_study import point, study, write_curve, write_page, write_pool

TEXT = """trace => [...trace.querySelectorAll(".text")].map((one) => one.textContent).join("\\n")
    || trace.textContent"""


def read(page):
    page.locator("#samples").scroll_into_view_if_needed()
    page.locator(".trace, .sample .note").first.wait_for()
    return page.locator("#reader")


def choose(page, pool, curve=None):
    page.locator("#read-source").select_option(json.dumps([pool, curve], separators=(",", ":")))
    page.wait_for_timeout(200)


def test_a_trace_is_shown_letter_by_letter(opened, micro_page):
    page = opened(micro_page)
    reader = read(page)
    choose(page, "plain")
    traces = read_table(Trace, micro_page.parent / "pools/plain/traces.parquet")
    answers = read_table(Answer, micro_page.parent / "pools/plain/answers.parquet")
    first = traces["problem_id"][0]
    own = answers.filter(problem_id=first)
    right = f"{own['correct'].sum()} of {own.height} right"
    assert right in reader.locator(".row-name").inner_text()
    cells = reader.get_by_role("radio")
    assert cells.count() == 8, "what the study's `page` says"
    for at in (0, 5):
        cells.nth(at).click()
        text = traces.filter(problem_id=first, sample=at)["text"][0]
        shown = reader.locator(".trace").evaluate(TEXT)
        assert shown.split() == text.split()
        correct = own.filter(sample=at)["correct"][0]
        assert ("right" if correct else "wrong") in reader.locator(".grade").inner_text()


def test_waits_and_the_forced_end_are_marked(opened, micro_page):
    page = opened(micro_page)
    reader = read(page)
    choose(page, "forced", "forcing_s1k")
    traces = read_table(Trace, micro_page.parent / "pools/forced/traces.parquet")
    first = traces["problem_id"][0]
    rows = reader.locator(".row")
    assert rows.count() == 6
    row = rows.filter(has_text="2 waits")
    row.get_by_role("radio").first.click()
    waited = traces.filter(problem_id=first, waits=2, sample=0).row(0, named=True)
    assert reader.locator("mark.wait").count() == len(waited["wait_positions"])
    assert set(reader.locator("mark.wait").all_inner_texts()) == {"Wait"}
    assert reader.locator("mark.about").count() == 0, "its tokens say where"
    rows.filter(has_text="budget 8").get_by_role("radio").first.click()
    assert "answer" in reader.locator("mark.forced").inner_text()
    assert "appended by force" in reader.locator(".head").inner_text()


def test_steps_of_a_search_stand_beside_their_scores(opened, micro_page):
    page = opened(micro_page)
    reader = read(page)
    choose(page, "beam", "beam_base")
    reader.locator(".row").filter(has_text="N = 8").get_by_role("radio").first.click()
    steps = read_table(Step, micro_page.parent / "pools/beam/steps.parquet")
    first = steps.filter(pl.col("problem_id") == steps["problem_id"][0], beams=8, sample=0)
    told = reader.locator(".score").all_inner_texts()
    assert [float(one) for one in told] == [round(score, 2) for score in first["score"]]
    text = "".join(reader.locator(".step .text").all_inner_texts())
    assert "answer" in text


def test_a_curve_shows_its_own_settings_alone(opened, micro_page):
    page = opened(micro_page)
    reader = read(page)
    choose(page, "about", "vote_base")
    assert reader.locator(".row-name").all_inner_texts()[0].startswith("asked 64")
    assert reader.locator(".row").count() == 1
    choose(page, "about", "ask_base")
    assert reader.locator(".row").count() == 5


def test_enter_on_a_point_opens_its_samples(opened, micro_page):
    page = opened(micro_page)
    page.locator("#figure-headline").scroll_into_view_if_needed()
    chart = page.locator("#figure-headline .panel").nth(1).locator("svg[role=application]")
    chart.focus()
    chart.press("ArrowRight")
    chart.press("Enter")
    read(page)
    until(lambda: "budget" in page.locator("#read-source option:checked").inner_text())
    assert page.locator("#read-source option:checked").inner_text().startswith("budget forcing")
    assert "budget 8" in page.locator(".sample h4").inner_text()


def test_each_point_opens_its_own_samples(opened, tmp_path):
    efforts = ("low", "medium", "high")
    problem = [{"id": "q", "text": "a question", "answer": "1"}]
    asked = [{"problem": "q", "text": f"with {one} effort", "effort": one} for one in efforts]
    write_pool(tmp_path, "asked", problem, asked)
    for name in ("few", "more"):
        write_pool(tmp_path, name, problem, [{"problem": "q", "text": f"of {name}"}])
    points = [point(f"effort={e}", 0.5, tokens=9.0 + n) for n, e in enumerate(efforts)]
    write_curve(tmp_path, "efforts", points)
    models = [
        point(m, 0.5, model=m, tokens=t) for m, t in (("model_few", 1.0), ("model_more", 9.0))
    ]
    write_curve(tmp_path, "models", models)
    curves = {
        "efforts": {"method": "ask", "pool": "asked"},
        "models": {"method": "sft", "pools": ["few", "more"]},
    }
    panels = [{"kind": "scaling", "title": name, "curves": [name]} for name in curves]
    figure = {"title": "T", "status": "new", "caption": "C", "panels": panels}
    page = opened(
        write_page(tmp_path, study(["asked", "few", "more"], curves, figures={"f": figure}))
    )
    texts = [[f"with {one} effort" for one in efforts], ["of few", "of more"]]
    for panel, expected in enumerate(texts):
        chart = page.locator(".panel svg[role=application]").nth(panel)
        for place, text in enumerate(expected):
            chart.press("Home")
            for _ in range(place):
                chart.press("ArrowRight")
            chart.press("Enter")
            page.locator(".trace", has_text=text).wait_for()
    assert page.locator("#read-source option:checked").inner_text() == "models · more"


def test_keys_alone_reach_every_trace(opened, micro_page):
    page = opened(micro_page)
    read(page)
    page.locator("#read-source").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "read-problem"
    before = page.locator(".problem").inner_text()
    page.keyboard.press("ArrowDown")
    until(lambda: page.locator(".problem").inner_text() != before)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "radio"
    was = page.locator(".sample h4").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".sample h4").inner_text() != was
    assert page.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "trace"


HOSTILE = {
    "script": "<script>window.ran = true</script><img src=x onerror='window.ran = true'>",
    "end": "</script><script>window.ran = true</script>",
    "rtl": "\u202egnorw\u202c and \u05e9\u05dc\u05d5\u05dd",
    "nul": "before\x00after\x1b[31m",
    "lines": "\u2028\u2029<!--<script>",
    "long": "x" * 1_000_000,
}


def test_hostile_texts_neither_run_nor_break_the_page(opened, tmp_path):
    problems = [
        {"id": name, "text": text[:5000], "answer": text[:50]} for name, text in HOSTILE.items()
    ]
    samples = [
        {"problem": name, "text": text, "answer": text[:99]} for name, text in HOSTILE.items()
    ]
    write_pool(tmp_path, "c", problems, samples)
    page = opened(write_page(tmp_path, study(["c"], [])))
    reader = read(page)
    for at, (name, text) in enumerate(HOSTILE.items()):
        page.locator("#read-problem").select_option(index=at)
        page.wait_for_timeout(300)
        if name == "long":
            reader.get_by_role("button", name="Show the other").press("Enter")
            assert page.evaluate("document.activeElement.className") == "trace"
        shown = reader.locator(".trace").evaluate("one => one.textContent")
        if name == "nul":
            assert shown == "before\u2400after\u241b[31m"
        elif name == "rtl":
            assert shown == text.replace("\u202e", "U+202E").replace("\u202c", "U+202C")
        else:
            assert shown == text
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.ran") is None
    assert page.locator("#reader script, #reader img").count() == 0


def test_what_must_not_be_published_is_said_to_be_hidden(opened, tmp_path):
    problems = [{"id": "q", "text": "a secret", "answer": "A", "kind": "choice", "publish": "hash"}]
    write_pool(tmp_path, "c", problems, [{"problem": "q", "text": "a secret", "answer": "A"}])
    page = opened(write_page(tmp_path, study(["c"], [])))
    reader = read(page)
    assert "What was written on this problem is not shown." in reader.inner_text()
    assert "sha256:" in reader.locator(".problem").inner_text()
    assert "secret" not in page.content()
