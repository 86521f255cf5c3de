"""The page as its program writes it."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.page import records
from scripts.lib.page.assets import SCRIPTS, assets
from scripts.lib.page.charts import figure_data
from scripts.lib.page.sections import figures_section
from scripts.lib.page.texts import unpacked
from scripts.lib.page.verdicts import VerdictError, read_verdicts
from scripts.lib.page.words import left_out, summary
from scripts.lib.plotting.data import FigureData
from tests.page_study import point, study, write_curve, write_page, write_pool

HOSTILE = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
VERDICTS = (
    "claim,text,source,published,study,about,quantity,value,low,high,interval,confirmed_if,"
    "verdict,why,evidence,basis,note\n"
    'rises,"It rises <b>always</b>","a paper, https://example.org/a?b=""c;",0.74,made_up,c,'
    "points,0.6123456,-0.1,0.7,bootstrap,at least 0.5,undecided,because,curves/c,measured,\n"
    "rises,The same,a paper,0.74,made_up,c,exact,6,6,6,none,at least 5,confirmed,it is,c,x,note\n"
)


def chunks(page: str) -> dict[str, object]:
    found = re.findall(r'<script type="application/octet-stream" id="([\w-]+)">([^<]*)<', page)
    return {name: unpacked(letters) for name, letters in found}


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """A page of hostile texts: written twice, to the same bytes."""
    folder = tmp_path_factory.mktemp("page")
    write_pool(
        folder,
        "c",
        [{"id": "one", "text": HOSTILE, "answer": HOSTILE}],
        [{"problem": "one", "text": HOSTILE, "answer": HOSTILE}],
    )
    write_curve(folder, "c", [point(HOSTILE, 0.25), point("2", 0.5, tokens=300.0)])
    (folder / "verdicts.csv").write_text(VERDICTS, encoding="utf-8")
    (folder / "f.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    panels = [{"kind": "scaling", "title": HOSTILE, "curves": ["c"]}]
    shown = Figure(title=HOSTILE, status="new", caption=HOSTILE, panels=panels)
    spec = study(["c"], ["c"], figures={"f": shown})
    more = ("--verdicts", str(folder / "verdicts.csv"), "--figures", str(folder / "f.svg"))
    path = write_page(folder, spec, *more)
    first = path.read_bytes()
    assert write_page(folder, spec, *more).read_bytes() == first
    return path


def test_hostile_texts_are_data_and_never_markup(page):
    text = page.read_text(encoding="utf-8")
    assert "<script>window" not in text
    assert "<img src=x" not in text
    assert "<b>always" not in text
    packed = [one for one in chunks(text).values() if isinstance(one, dict)]
    (block,) = [one for one in packed if "problems" in one]
    assert block["problems"][0]["samples"]["text"] == [HOSTILE]


def test_its_policy_lets_its_own_script_run_and_nothing_else(page):
    text = page.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy
    assert "unsafe" not in policy
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    for part, directive in ((script, "script-src"), (style, "style-src")):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert not re.search(r'src="(?!data:)', text), "nothing is loaded from elsewhere"
    links = set(re.findall(r'href="(?!#)([^"]*)', text))
    assert links == {"https://example.org/a?b=&quot;c"}, "what can be followed"


def test_what_is_seen_comes_before_what_is_packed(page):
    text = page.read_text(encoding="utf-8")
    first = text.index("application/octet-stream")
    for part in ('id="figures"', 'id="verdicts"', 'id="samples"', 'id="provenance"', "<footer"):
        assert text.index(part) < first


def test_verdicts_are_a_table(page):
    text = page.read_text(encoding="utf-8")
    assert "1 claim, judged by 2 numbers: 1 confirmed, 1 undecided." in text
    assert text.count('<tr class="claim">') == 1
    assert 'data-verdict="confirmed"' in text
    assert ">0.6123<" in text
    assert "\u22120.1 to 0.7" in text
    assert "6 to 6" not in text, "what is exact has no interval"
    assert 'href="https://example.org/a?b=&quot;c">example.org</a>;' in text


def test_verdicts_of_another_kind_are_an_error_that_names_what_is_missing(tmp_path):
    path = tmp_path / "verdicts.csv"
    path.write_text("claim,text\nx,y\n", encoding="utf-8")
    with pytest.raises(VerdictError, match=r"verdicts\.csv: no column source, published"):
        read_verdicts(path)


def test_captions_are_seen_wherever_no_drawing_shows_them(tmp_path):
    drawing = tmp_path / "f.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    panels = [{"kind": "scaling", "title": "T", "curves": ["gone"]}]
    figure = Figure(title="T", status="new", caption="What it is.", panels=panels)
    other = {"panels": [{"kind": "training", "title": "T", "models": ["m"]}]}
    drawn = Figure(title="T", status="new", caption="What it is.", **other)
    for spec, seen in ((figure, True), (drawn, False)):
        live = {"f": figure_data(spec, FigureData(), "make pull")}
        section = figures_section({"f": spec}, live, {"f": drawing})
        assert ("<figcaption>" in section) == seen
        assert ("<img" in section) != seen
        assert ("so not drawn: gone. To get" in section) == seen


def test_files_that_are_too_many_are_counted(monkeypatch):
    monkeypatch.setattr(records, "MOST", 2)
    found = records.told([Path(f"nowhere/{name}") for name in "abcab"])
    assert [row["path"] for row in found] == [
        *("nowhere/a", "nowhere/b", "1 more, and what they were made of")
    ]
    assert len(records.told([Path("nowhere/a"), Path("nowhere/b")])) == 2


def test_it_says_what_it_leaves_out():
    pool = {"name": "p", "kept": 8, "texts": 0, "samples": 9, "hidden": True}
    told = left_out([pool], ["gone"])
    assert "Of 1 pool the page holds 8 of 9 samples:" in told
    assert "by their hash, and what models wrote on them is not shown: p." in told
    assert "not here: gone." in told
    assert "not kept" not in told
    whole = {**pool, "kept": 9, "texts": 9, "hidden": False}
    assert left_out([whole], []) == "All samples are in the page."
    bare = left_out([whole, {**whole, "texts": 2}], [])
    assert bare == "Of 7 samples the page has answers alone: texts were not kept."
    assert left_out([], []) == ""


def test_its_summary_counts_texts_apart_from_answers_alone():
    spec = study([], ["c"])
    pool = {"kept": 8, "texts": 8}
    assert summary(spec, [], []) == "0 figures, 1 curve."
    assert summary(spec, [pool], []) == "0 figures, 1 curve, 8 samples to read."
    told = summary(spec, [pool, {"kept": 1, "texts": 0}], [])
    assert told == "0 figures, 1 curve, 8 samples to read, answers of 1 sample."


def test_its_scripts_take_no_text_for_markup():
    assert set(assets()) == {str(p) for p in Path("scripts/lib/page").iterdir()
                             if p.suffix in (".js", ".css", ".html")}  # fmt: skip
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|"
            r"fetch\(|XMLHttpRequest|import\(|createContextualFragment|DOMParser",
            text,
        ), path
