"""The thinking budgets of a log of lm-evaluation-harness.

They are named as in the harness of s1 (simplescaling/s1, eval/commands.sh), which has them among
the generation arguments that any version logs with each request: `max_tokens_thinking`, the most
thinking tokens ("auto": all that the context holds), and `thinking_n_ignore`, how often the end
of thinking was suppressed. Where the requests lack them, they may be among the arguments of the
run, which stand in results_{date}.json beside samples_{task}_{date}.jsonl. A log that is fetched
(`source:`) has no file beside it: its requests must name them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.lib.recorded.faults import excerpt
from scripts.lib.recorded.fields import MOST

BUDGET = "max_tokens_thinking"
WAITS = "thinking_n_ignore"


def thinking_limits(*arguments: Mapping[str, object]) -> tuple[int | None, int | None]:
    """Budget and waits, as the columns of these names hold them.

    Without either argument nothing was forced: both are null. A budget alone means no waits.

    Args:
        arguments: names and values; the first that has a name counts.

    Raises:
        ValueError: a value is no number, and says which.
    """
    given: dict[str, object] = {}
    for some in arguments:
        given = {name: some[name] for name in (BUDGET, WAITS) if name in some} | given
    if not given:
        return None, None
    budget = given.get(BUDGET)
    waits = _number(WAITS, given.get(WAITS)) or 0
    return (None if budget == "auto" else _number(BUDGET, budget)), waits


def results_beside(samples: Path) -> Path:
    """Where the results file of a log's run lies, if there is one."""
    date = samples.stem.rpartition("_")[2]
    return samples.with_name(f"results_{date}.json")


def arguments_of_run(samples: Path) -> tuple[dict[str, object], dict[str, object]]:
    """Generation and model arguments in the results file beside a log; empty without one.

    Raises:
        ValueError: the results file is not one; the text names it.
    """
    path = results_beside(samples)
    if not path.is_file():
        return {}, {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))["config"]
        return _as_dict(config.get("gen_kwargs")), _as_dict(config.get("model_args"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        kind = type(error).__name__
        raise ValueError(
            f"{path.name} beside it is no results file of the harness ({kind}: {error}); mend it, "
            "or move it away if the samples hold all"
        ) from None


def _as_dict(arguments: Any) -> dict[str, object]:
    """Arguments as newer versions log them, or as older ones: a=1,b=2."""
    if isinstance(arguments, str):
        pairs = (part.partition("=") for part in arguments.split(","))
        return {name.strip(): value.strip() for name, _, value in pairs}
    return dict(arguments or {})


def _number(name: str, value: object) -> int | None:
    """A count, also one written as text or as a float; None as it is."""
    if value is None:
        return None
    number = float(value) if isinstance(value, str) and value.isdecimal() else value
    if (
        isinstance(number, int | float)
        and not isinstance(number, bool)
        and 0 <= number <= MOST
        and float(number).is_integer()
    ):
        return int(number)
    raise ValueError(f"{name} is {excerpt(value)}: wanted a whole number from 0 to 2^53")
