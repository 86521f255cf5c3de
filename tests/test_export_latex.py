"""Tables in LaTeX: what is escaped, and how long and wide ones are laid out."""

import polars as pl

from scripts.lib.export.latex import in_latex, latex
from scripts.lib.export.layout import printed
from scripts.lib.export.numbers import NONE, TIMES
from tests.figure_rows import comparison


def test_what_latex_would_take_as_an_argument_of_the_row_before():
    assert in_latex("[a]") == "{}[a]"
    assert in_latex("*") == "{}*"
    assert in_latex(f"1{TIMES}-5") == r"1$\times10^{-5}$"
    assert in_latex("a-1 to -2") == "a-1 to $-$2"


def test_latex_is_booktabs_with_a_caption_and_a_label():
    tex = latex(printed(comparison()), "Ablations", "tiny-tables-ablations")
    assert tex.startswith("% needs the packages booktabs, graphicx\n\\begin{table}\n")
    for line in (r"\toprule", r"\midrule", r"\bottomrule", r"\end{tabular}%", r"\end{table}"):
        assert line in tex.splitlines()
    assert r"\label{tab:tiny-tables-ablations}" in tex
    columns = tex.split(r"\begin{tabular}{")[1].split("}")[0]
    rows = tex.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    assert len(rows) == comparison().height
    assert {row.count(" & ") for row in rows} == {len(columns) - 1}


def frame(rows, columns, cell=0.5):
    names = [f"number_{place}" for place in range(columns - 1)]
    return printed(
        pl.DataFrame(
            {"curve": [f"c{row}" for row in range(rows)]}
            | {
                name: [cell + row + place for row in range(rows)]
                for place, name in enumerate(names)
            }
        )
    )


def test_long_tables_break_over_pages_under_the_same_head():
    assert r"\begin{table}" in latex(frame(40, 4), "T", "t")
    tex = latex(frame(41, 4), "T", "t")
    assert tex.startswith("% needs the packages booktabs, longtable; text in one column\n")
    assert r"\begin{table}" not in tex
    assert r"\caption{T. }\label" not in tex
    head, rest = tex.split(r"\endfirsthead")
    repeated, rows = rest.split(r"\endhead")
    assert head.endswith(repeated.lstrip("\n"))
    assert rows.count(r" \\") == 41


def test_long_and_broad_tables_have_small_letters():
    sizes = [latex(frame(60, columns), "T", "t").splitlines()[1] for columns in (7, 8, 9, 10)]
    assert sizes == [rf"\begingroup{size}" for size in ("", r"\small", r"\scriptsize", r"\tiny")]
    # There are no smaller ones; a short table is made smaller as a whole.
    assert r"curve & c0 & c1 & c2 \\" in latex(frame(60, 12), "T", "t")
    assert "resizebox" in latex(frame(9, 12), "T", "t")


def test_tables_too_wide_for_a_page_are_turned_a_few_rows_at_a_time():
    wide = frame(5, 20)
    tex = latex(wide, "T", "t")
    assert "resizebox" not in tex
    body = tex.split(r"\toprule")[-1].splitlines()
    names = [line.split(" & ")[0] for line in body if " & " in line]
    assert names == 2 * wide.headers
    assert r"curve & c0 & c1 & c2 \\" in body
    assert r"curve & c3 & c4 \\" in body
    assert r"number 18 & 18.5 & 19.5 & 20.5 \\" in body
    (columns,) = [line for line in tex.splitlines() if line.startswith(r"\begin{tabular}")]
    assert columns.count(r"p{0.21\textwidth}") == 3


def test_what_none_of_the_turned_rows_has_is_left_out():
    wide = frame(4, 20)
    wide.rows[3][5] = wide.rows[0][6] = NONE
    names = [line.split(" & ")[0] for line in latex(wide, "T", "t").splitlines() if " & " in line]
    assert names == [*wide.headers, *wide.headers[:5], *wide.headers[6:]]


def test_long_texts_break_and_long_headers_stand_on_lines():
    table = printed(pl.DataFrame({"shown": ["word " * 30, "b"], "a_very_long_name": [1, 2]}))
    tex = latex(table, "T", "t")
    assert r"\begin{tabular}{>{\raggedright\arraybackslash}p{20em}r}" in tex
    assert r"example & \shortstack[r]{a very long\\name} \\" in tex
    assert tex.startswith("% needs the packages booktabs, array")


def test_a_table_of_nothing_is_written():
    tex = latex(printed(comparison().clear()), "T", "t")
    assert tex.count(r" \\") == 1


def test_letters_beyond_ascii_need_another_latex():
    plain = printed(
        pl.DataFrame({"text": [f"a {NONE} b\N{HORIZONTAL ELLIPSIS}", "-1"], "value": [1.5, -2e12]})
    )
    assert latex(plain, "T", "t").isascii()
    assert "LuaLaTeX" not in latex(plain, "T", "t")
    named = latex(plain, "Modell für ∑", "t")
    assert named.splitlines()[0].endswith(
        "; LuaLaTeX or XeLaTeX, and a font with its letters beyond ASCII"
    )
