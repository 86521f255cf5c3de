"""The page and the report as wholes: their parts, their looks, and that they need nothing."""

from pathlib import Path

import pytest

from scripts.lib.config.load import load_study

SIZES = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 390, "height": 844}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


def nameless(page) -> list[dict]:
    """What can be used, or is an image, and has no name for those who do not see it."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    used = [node for node in nodes if not node["ignored"] and is_used(node)]
    assert len(used) > 100
    return [node for node in used if not node["name"]["value"].strip()]


def is_used(node: dict) -> bool:
    told = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
    return bool(told.get("focusable")) or node["role"]["value"] == "image"


def all_drawn(page) -> None:
    """Scroll through the page, so that all of it is drawn."""
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 600):
        page.evaluate(f"scrollTo(0, {top})")
        page.wait_for_timeout(50)
    page.wait_for_timeout(300)


@pytest.mark.parametrize("name", SIZES)
def test_it_fits_every_width(opened, micro_page, shots, name):
    page = opened(micro_page, **SIZES[name])
    all_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=shots / f"{name}.png", full_page=True)
    for chart in page.locator(".chart").all():
        box, outer = chart.bounding_box(), chart.locator("..").bounding_box()
        assert box["width"] <= outer["width"] + 1


def test_every_part_is_there_and_linked(opened, micro_page):
    page = opened(micro_page)
    links = page.locator("nav a")
    assert links.all_inner_texts() == ["Figures", "Samples", "Provenance"]
    targets = page.locator("a[href^='#']").evaluate_all(
        "all => all.map(a => a.getAttribute('href').slice(1))"
    )
    assert [name for name in targets if page.locator(f"[id='{name}']").count() != 1] == []
    figures = len(load_study(Path("config/micro.yaml")).figures)
    assert page.locator("figure").count() == figures
    assert page.locator("figcaption").count() == figures


def test_what_can_be_used_has_a_name(opened, micro_page):
    page = opened(micro_page)
    all_drawn(page)
    assert nameless(page) == []
    page.evaluate("document.querySelector('.controls select').removeAttribute('aria-label')")
    assert len(nameless(page)) == 1, "else nothing would be found"


def test_a_record_opens_and_says_where_a_result_is_from(opened, micro_page):
    page = opened(micro_page)
    all_drawn(page)  # after which nothing moves
    line = page.get_by_role("button", name="results/micro/curves/vote_base.csv")
    line.click()
    record = page.locator(".record")
    record.wait_for()
    told = record.inner_text()
    assert "scripts.analyse.tabulate_curve" in told
    assert "results/micro/pools/about/answers.parquet" in told
    assert "as it was made" in page.locator("tr[data-record]").first.inner_text()
    line.press("Enter")
    assert page.locator(".record").count() == 0


def test_on_paper_all_figures_are_drawn_and_no_control_is_left(opened, micro_page, shots):
    page = opened(micro_page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.wait_for_timeout(500)
    figures = page.evaluate("JSON.parse(document.getElementById('page-data').textContent).figures")
    panels = sum(len(figure["panels"]) for figure in figures.values())
    assert page.locator(".panel", has=page.locator(".marker")).count() == panels > 0
    assert page.locator(".controls:visible").count() == 0
    page.pdf(path=shots / "print.pdf", format="A4")


def test_the_report_opens_from_a_file(browser, micro_report, shots):
    page = browser.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(micro_report.resolve().as_uri())
    page.get_by_text("Figures").first.click()
    page.get_by_text("Asking and voting, a small model on chained arithmetic").wait_for()
    page.screenshot(path=shots / "report.png")
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    text = micro_report.read_text(encoding="utf-8")
    assert "budgets asked for, then majority votes and a perfect verifier" in text, "the caption"
    page.close()
