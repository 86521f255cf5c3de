"""From responses to a Trace table: what counts as thinking."""

import pytest

from scripts.lib.engines.base import Request, Response
from scripts.lib.journal import Sample
from scripts.lib.pool_traces import trace_table
from scripts.lib.sampling import Wanted


def thinking(*counts: tuple[int, int | None]) -> list[int | None]:
    """The thinking tokens in the table of samples with these generated and thinking tokens."""
    request = Request(prompt="1 + 1", seed=0, max_tokens=64, temperature=1.0)
    wanted = [
        Wanted(f"{n:064x}", Sample("sums", "p0", "plain", None, None, n), request)
        for n in range(len(counts))
    ]
    responses = [
        (one.key, Response("2", "length", 3, generated, thinking_tokens=thought))
        for one, (generated, thought) in zip(wanted, counts, strict=True)
    ]
    return trace_table("pool", wanted, iter(responses))["thinking_tokens"].to_list()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([(20, 15), (64, None), (9, 0)], [15, 64, 0]),  # cut before its answer
        ([(20, None), (64, None)], [None, None]),  # a model that has no such part
    ],
)
def test_a_sample_that_never_comes_to_its_answer_is_thinking_where_others_do(counts, expected):
    assert thinking(*counts) == expected
