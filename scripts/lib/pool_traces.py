"""From responses to the Trace table of a pool, with a log line now and then on the way."""

from collections.abc import Iterator

import polars as pl

from scripts.lib.engines.base import Response
from scripts.lib.pool_requests import PoolError, trace_row
from scripts.lib.progress import Progress
from scripts.lib.sampling import Wanted
from scripts.lib.spending import Spending
from scripts.lib.tableio import make_table
from scripts.lib.tables import Trace

ROWS_AT_ONCE = 4096


def trace_table(
    name: str, wanted: list[Wanted], responses: Iterator[tuple[str, Response]]
) -> pl.DataFrame:
    """Responses in any order as a Trace table in the order of `wanted`.

    Raises:
        PoolError: two of `wanted` have the same request.
    """
    place = {one.key: number for number, one in enumerate(wanted)}
    if len(place) < len(wanted):
        raise PoolError(f"pool {name}: two samples have the same request; change the pool's seed")
    parts, rows, places = [], [], []
    for key, response in responses:
        places.append(place[key])
        rows.append(trace_row(name, wanted[place[key]], response))
        if len(rows) == ROWS_AT_ONCE:
            parts.append(make_table(Trace, rows))
            rows = []
    parts.append(make_table(Trace, rows))
    order = pl.Series(places).arg_sort()
    return pl.concat(parts)[order]


def watched(
    responses: Iterator[tuple[str, Response]], name: str, total: int, kept: int, spending: Spending
) -> Iterator[tuple[str, Response]]:
    """The same responses; the new ones, which come after the `kept`, show in the log."""
    for _ in range(kept):
        yield next(responses)
    if kept == total:
        return
    with Progress(name, total, kept, spending.paid_usd) as progress:
        for key, response in responses:
            progress.add(response.generated_tokens)
            yield key, response
