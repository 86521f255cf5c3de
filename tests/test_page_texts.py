"""What others wrote never becomes markup; data come back from the page as they went in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.page.texts import as_data, escape, packed, plain_math, rounded, unpacked

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 \u2029 & ]]> \x00 \u202e"
texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_data_inside_of_a_script_end_and_open_nothing():
    written = as_data({"text": HOSTILE})
    assert not set("<>&\u2028\u2029\x00") & set(written)
    assert json.loads(written) == {"text": HOSTILE}


@given(texts)
def test_any_text_comes_back(text):
    assert json.loads(as_data([text])) == [text]
    assert unpacked(packed([text])) == [text]
    assert set(packed([text])) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    )


def test_numbers_that_json_has_not_are_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_data(float("nan"))


def test_html_is_escaped_in_attributes_too():
    assert escape("<a b=\"c\" d='e'>") == "&lt;a b=&quot;c&quot; d=&#x27;e&#x27;&gt;"


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("From $2^4$ to $2^{19}$ asked", "From 2\u2074 to 2\u00b9\u2079 asked"),
        ("$a_1 \\times 10^{-3}$", "a\u2081 \u00d7 10\u207b\u00b3"),
        ("$x^{ab}$", "x^ab"),
        ("5 $ a piece", "5 $ a piece"),
    ],
)
def test_formulas_in_titles_are_written_in_plain_letters(title, plain):
    assert plain_math(title) == plain


def test_numbers_are_kept_to_six_digits():
    assert [rounded(v) for v in (1.23456789e12, 0.333333333, None)] == [1.23457e12, 0.333333, None]
