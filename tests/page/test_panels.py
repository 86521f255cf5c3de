"""Panels of a made-up study: fingers, axes, scales and what lies outside of them."""

import pytest

from scripts.lib.config.figures import Figure
from tests.page.conftest import until
from tests.page_study import point, study, write_curve, write_page, write_pool

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """A page with one figure of a curve of three points."""
    folder = tmp_path_factory.mktemp("panels")
    problems = [{"id": "q", "text": "a question", "answer": "1"}]
    write_pool(folder, "c", problems, [{"problem": "q", "text": "a trace"}])
    points = [
        point(f"k={2**n}", 0.5 + 0.2 * n, n=2**n, tokens=100.0 * 2**n, flops=9.996e12)
        for n in range(3)
    ]
    write_curve(folder, "c", points)
    panel = {"kind": "scaling", "curves": ["c"]}
    panels = [
        {**panel, "title": "Plain"},
        {**panel, "title": "Limits", "x_scale": "log10", "x_limits": [50, 300]},
        {**panel, "title": "Range", "accuracy": [0.65, 0.8]},
        {**panel, "title": "Guessing", "chance": {"c": 0.25}},
    ]
    figure = Figure(title="T", status="new", caption="C", panels=panels)
    return write_page(folder, study(["c"], ["c"], figures={"f": figure}))


def chart_of(page, panel=0):
    chart = page.locator(".panel").nth(panel).locator("svg[role=application]")
    chart.locator(".marker").first.wait_for()
    return chart


def middle(chart, place):
    """Where on the screen a point is."""
    box = chart.locator(".marker").nth(place).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_finger_shows_a_point_and_opens_it_when_it_comes_again(opened, made_up):
    page = opened(made_up, **PHONE)
    chart = chart_of(page)
    chart.scroll_into_view_if_needed()
    tip = page.locator(".tip").first
    for place in (0, 2):
        page.touchscreen.tap(*middle(chart, place))
        assert f"k={2**place}" in tip.inner_text()
        assert "tap again" in tip.inner_text()
    assert page.evaluate("document.activeElement.id") != "read-source"
    page.touchscreen.tap(*middle(chart, 2))
    until(lambda: page.evaluate("document.activeElement.id") == "read-source")


def test_a_mouse_opens_a_point_at_once(opened, made_up):
    page = opened(made_up)
    chart = chart_of(page)
    chart.scroll_into_view_if_needed()
    page.mouse.move(*middle(chart, 1))
    assert "FLOPs / problem\n10¹³" in page.locator(".tip").first.inner_text()
    page.mouse.click(*middle(chart, 1))
    until(lambda: page.evaluate("document.activeElement.id") == "read-source")


def test_another_axis_keeps_a_chosen_scale_and_the_own_one_comes_back(opened, made_up):
    page = opened(made_up)
    chart_of(page, 1)
    panel = page.locator(".panel").nth(1)
    axis = panel.get_by_label("x axis", exact=True)
    linear = panel.get_by_role("button", name="linear")
    ticks = panel.locator(".axes text")
    before = ticks.all_text_contents()
    assert "200" in before
    assert "400" not in before, "its own limits hold"
    axis.select_option("flops")
    assert linear.get_attribute("aria-pressed") == "false"
    assert "FLOPs" in panel.locator("svg[role=application]").get_attribute("aria-label")
    axis.select_option("tokens")
    assert ticks.all_text_contents() == before
    linear.click()
    axis.select_option("flops")
    assert linear.get_attribute("aria-pressed") == "true"
    panel.get_by_role("button", name="log", exact=True).click()
    axis.select_option("tokens")
    assert ticks.all_text_contents() == before


def test_what_lies_outside_of_the_frame_is_neither_drawn_nor_reached(opened, made_up):
    page = opened(made_up)
    chart = chart_of(page, 2)
    panel = page.locator(".panel").nth(2)
    assert chart.locator(".marker").count() == 1, "of 50, 70 and 90 % one lies within 65 to 80"
    assert "2 outside of the frame" in panel.locator(".legend").inner_text()
    line = chart.locator("g[clip-path] polyline")
    assert len(line.get_attribute("points").split()) == 3
    name = line.locator("xpath=..").get_attribute("clip-path")
    frame = page.locator(name.removeprefix("url(").removesuffix(")")).locator("rect")
    assert float(frame.get_attribute("height")) < float(chart.get_attribute("height"))
    for key in ("End", "Home"):
        chart.press(key)
        assert "70.0 %" in panel.locator(".tip").inner_text()
    panel.get_by_text("Numbers").click()
    until(lambda: panel.locator(".numbers tbody tr").count() == 3)


def test_a_record_asked_for_twice_at_once_takes_no_other_away(opened, made_up):
    page = opened(made_up)
    lines = page.locator("tr[data-record]")
    count = lines.count()
    assert count > 1
    for clicks in (2, 3):
        page.evaluate(
            """clicks => {
                const button = document.querySelector("tr[data-record] button");
                for (let click = 0; click < clicks; click += 1) button.click();
            }""",
            clicks,
        )
        page.wait_for_timeout(300)
        assert lines.count() == count
        assert page.locator("tr.opened").count() == clicks % 2


def test_what_guessing_reaches_lies_where_pass_at_k_of_guesses_does(opened, made_up):
    page = opened(made_up)
    page.locator(".panel").nth(3).scroll_into_view_if_needed()
    chart = chart_of(page, 3)
    floor = chart.locator(".chance polyline").get_attribute("points").split()
    markers = chart.locator(".marker").all()
    lines = chart.locator(".axes .grid").evaluate_all(
        "all => all.map((one) => [one.y1.baseVal.value, one.y2.baseVal.value])"
    )
    across = [first for first, second in lines if first == second]
    whole, nothing = min(across), max(across)
    for text, k, marker in zip(floor, (1, 2, 4), markers, strict=True):
        x, y = text.split(",")
        assert (nothing - float(y)) / (nothing - whole) == pytest.approx(1 - 0.75**k, abs=0.005)
        assert f"translate({x}," in marker.get_attribute("transform")
