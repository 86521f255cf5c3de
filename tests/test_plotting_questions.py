"""Funnels, lengths and domains of questions: what is drawn, and that counts are whole."""

from pathlib import Path

import matplotlib.style
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.config.figures import Figure
from scripts.lib.curves.tables import Reference
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.domains import domain_rows
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.plotting.funnel import funnel_bars
from scripts.lib.plotting.lengths import bin_edges
from scripts.lib.tableio import read_table
from tests.figure_sets import FUNNEL_STEPS, funnel, questions

S1 = read_table(Reference, Path("data/reference/s1.csv"))
FUNNEL_OF_S1 = {"paper": "s1", "figure": "Funnel", "series": "paper", "label": "s1"}
GEMINI = {"paper": "s1", "figure": "Trace lengths", "series": "Gemini", "label": "Gemini"}
R1 = GEMINI | {"series": "r1", "label": "r1"}
DOMAINS_OF_S1 = {"paper": "s1", "figure": "Table 5", "series": "questions", "label": "s1K"}


def drawn(panel: dict[str, object], **tables: object):
    entry = {"title": "", "status": "new", "caption": "", "panels": [{"title": ""} | panel]}
    with matplotlib.style.context("config/figures.mplstyle"):
        return draw_figure(Figure.model_validate(entry), FigureData(references=S1, **tables))


def test_the_bars_of_a_funnel_meet_what_came_to_each_step():
    bars = funnel_bars(funnel())
    steps = [bar for bar in bars if bar.reason is None]
    assert [(bar.name, bar.questions) for bar in steps] == [
        (step, kept) for step, (kept, _) in FUNNEL_STEPS.items()
    ]
    came = None
    for place, bar in enumerate(bars):
        end = bar.start + bar.questions
        last_of_step = place + 1 == len(bars) or bars[place + 1].reason is None
        if last_of_step and came is not None:
            assert end == came
        if last_of_step:
            came = steps.pop(0).questions


def test_a_funnel_writes_every_count_and_names_every_reason():
    axes = drawn({"kind": "funnel"}, tables={"funnel": funnel()}).axes[0]
    counts = [text.get_text() for text in axes.texts]
    assert counts[:4] == ["2,060", "1,965", "\u221236", "\u221259"]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows[:4] == [
        "collected",
        "decontaminated",
        "shares words with a test",
        "shares words with another",
    ]
    assert "image" not in rows, "a reason that dropped nothing has no bar"
    assert len(rows) == len(counts) == len(axes.patches) == 15
    widths = [patch.get_width() for patch in axes.patches]
    assert [f"{width:,.0f}" for width in widths] == [text.strip("\u2212") for text in counts]


def test_reasons_of_a_step_look_different_without_colour():
    axes = drawn({"kind": "funnel"}, tables={"funnel": funnel()}).axes[0]
    looks = [(patch.get_facecolor(), patch.get_hatch()) for patch in axes.patches]
    assert looks[2] != looks[3]
    assert len(set(looks[5:8])) == 3
    assert all(face[0] == face[1] == face[2] for face, _ in looks), "greys only"


def test_a_published_funnel_is_drawn_hollow():
    panel = {"kind": "funnel", "published": FUNNEL_OF_S1, "leave_out": ["pre-selected"]}
    canvas = drawn(panel)
    axes = canvas.axes[0]
    counts = [text.get_text() for text in axes.texts]
    assert counts[:3] == ["59,029", "54,116", "\u22124,913"]
    assert counts[-2:] == ["1,000", "\u221223,496"]
    assert axes.patches[0].get_facecolor() == (1, 1, 1, 1)
    assert "hollow: published number" in " ".join(canvas.get_supxlabel().split())


def test_a_funnel_without_steps_is_refused():
    with pytest.raises(UserError, match="no step of the curation is left"):
        drawn({"kind": "funnel", "leave_out": list(FUNNEL_STEPS)}, tables={"funnel": funnel()})


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=30),
    st.integers(2, 50),
)
def test_bins_hold_every_trace_and_are_whole_tokens_wide(lengths, bins):
    traces = np.array(lengths, dtype=float)
    edges = bin_edges([traces], [], bins)
    assert np.histogram(traces, edges)[0].sum() == len(lengths)
    assert len(edges) == bins + 1
    widths = np.diff(edges)
    assert np.allclose(widths, widths[0])
    assert widths[0] == int(widths[0]) >= 1


def outline(axes, index: int) -> np.ndarray:
    line = [line for line in axes.lines if line.get_drawstyle() == "steps-post"][index]
    return np.asarray(line.get_ydata())


def test_outlines_hold_all_traces_and_a_marker_stands_at_the_mean():
    sets = {"small": questions(60, 1), "large": questions(300, 2, longer=1.5)}
    panel = {"kind": "lengths", "selections": ["small", "large"], "labels": {"small": "s"}}
    shares = drawn(panel, questions=sets).axes[0]
    counts = drawn(panel | {"y": "questions"}, questions=sets).axes[0]
    assert outline(shares, 0).sum() == pytest.approx(1)
    assert outline(shares, 1).sum() == pytest.approx(1)
    assert outline(counts, 0).sum() == 60
    assert outline(counts, 1).sum() == 300
    means = [float(table["trace_tokens"].to_numpy().mean()) for table in sets.values()]
    marked = [line for line in shares.lines if line.get_marker() in "os" and len(line.get_xdata())]
    assert [float(line.get_xdata()[0]) for line in marked] == pytest.approx(means)
    labels = shares.get_legend_handles_labels()[1]
    assert labels[0] == f"s (60 traces, mean {means[0]:.0f} tokens)"
    lines = [line.get_linestyle() for line in shares.lines if line.get_drawstyle() == "steps-post"]
    assert len(set(lines)) == 2


def test_published_lengths_keep_their_bins_and_their_mean():
    panel = {"kind": "lengths", "references": [GEMINI, R1], "y": "questions"}
    axes = drawn(panel).axes[0]
    assert outline(axes, 0).max() == 197
    assert outline(axes, 1).sum() == 1000
    labels = axes.get_legend_handles_labels()[1]
    assert labels == [
        "Gemini (1,000 traces, mean 4,699 tokens)",
        "r1 (1,000 traces, mean 9,285 tokens)",
    ]
    assert axes.get_ylabel() == "questions, per bin of 518 tokens"


def test_measured_lengths_share_the_published_bins():
    longer = questions(50, 3).with_columns(pl.col("trace_tokens") * 100 + 400)
    panel = {"kind": "lengths", "selections": ["own"], "references": [GEMINI]}
    axes = drawn(panel, questions={"own": longer}).axes[0]
    assert outline(axes, 0).sum() == pytest.approx(1)
    assert outline(axes, 1).sum() == pytest.approx(1)
    with pytest.raises(UserError, match="shorter than the first published bin, 356 tokens"):
        drawn(panel, questions={"own": questions(50, 3)})


def test_a_selection_whose_traces_nobody_counted_is_refused_by_name():
    uncounted = questions(5, 1).with_columns(trace_tokens=pl.lit(None, dtype=pl.Int64))
    with pytest.raises(UserError, match="selection own has no counted traces"):
        drawn({"kind": "lengths", "selections": ["own"]}, questions={"own": uncounted})


def values(axes, marker: str) -> list[float]:
    found = [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata())]
    return [float(x) for line in found for x in line.get_xdata()]


def test_every_domain_has_its_questions_in_every_set():
    sets = {"a": questions(90, 1), "b": questions(30, 2, skew=0.8)}
    panel = {"kind": "domains", "selections": ["a", "b"], "y": "questions"}
    axes = drawn(panel, questions=sets).axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    for name, marker in {"a": "o", "b": "s"}.items():
        counted = dict(sets[name]["domain"].value_counts().rows())
        assert values(axes, marker) == [counted.get(domain, 0) for domain in rows]
    assert values(axes, "o") == sorted(values(axes, "o"), reverse=True)
    assert len({style for c in axes.collections for style in [str(c.get_linestyle())]}) == 2


def test_domains_beyond_the_most_are_summed_up_and_unknown_ones_are_named():
    table = questions(90, 1).with_columns(
        domain=pl.when(pl.int_range(pl.len()) < 40).then(None).otherwise("domain")
    )
    panel = {"kind": "domains", "selections": ["a"], "y": "questions", "most": 3}
    axes = drawn(panel, questions={"a": table}).axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows[0] == "unknown"
    assert rows[3] == f"{table['domain'].n_unique() - 3} other domains"
    assert values(axes, "o")[0] == 40
    assert sum(values(axes, "o")) == 90


def test_shares_of_domains_add_up():
    sets = {"a": questions(90, 1), "b": questions(30, 2)}
    axes = drawn({"kind": "domains", "selections": ["a", "b"]}, questions=sets).axes[0]
    assert sum(values(axes, "o")) == pytest.approx(1)
    assert sum(values(axes, "s")) == pytest.approx(1)


def test_published_domains_stand_hollow():
    panel = {"kind": "domains", "references": [DOMAINS_OF_S1], "y": "questions"}
    axes = drawn(panel).axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows[:3] == ["Remaining 27", "Geometry", "Number theory"]
    assert sum(values(axes, "o")) == 1000
    dots = next(line for line in axes.lines if len(line.get_xdata()))
    assert dots.get_markerfacecolor() == "white"


def test_published_values_without_domains_are_refused():
    with pytest.raises(UserError, match="does not name its domains"):
        drawn(
            {
                "kind": "domains",
                "references": [DOMAINS_OF_S1 | {"figure": "Training", "series": "steps"}],
            }
        )


def test_the_order_of_domains_does_not_hang_on_the_order_of_rows():
    one = pl.DataFrame({"domain": ["a", "b", "c"], "questions": [2.0, 2.0, 5.0]})
    assert domain_rows([one], 9) == domain_rows([one.reverse()], 9) == ["c", "a", "b"]
    assert domain_rows([one], 2) == ["c", "a", None]
