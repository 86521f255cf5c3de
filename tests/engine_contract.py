"""What every engine must do, whatever runs behind it: call `keep_contract` with one that answers.

tests/test_engine_contract.py asks the engines of this project. One of your own belongs there too.
"""

import json
from collections.abc import Iterator

import pytest

from scripts.lib.engines.base import Engine, EngineError, Keyed, Request, Response, request_key

ROOM = 256
"""Most requests that an engine may hold at once of those that follow."""


def request(number: int, **changes: object) -> Request:
    """One of many requests, all different."""
    settings = {"prompt": f"What is {number} + 1?", "seed": number, "max_tokens": 12}
    return Request(**({"temperature": 1.0} | settings | changes))  # type: ignore[arg-type]


def keep_contract(engine: Engine) -> None:
    """Fail unless the engine keeps what scripts.lib.engines.base.Engine says."""
    identity_is_plain(engine)
    each_request_is_answered_once(engine)
    requests_are_drawn_as_there_is_room(engine)
    waiting_ends(engine)


def identity_is_plain(engine: Engine) -> None:
    """It enters keys as JSON, and says the same each time: a journal is read again by it."""
    assert engine.identity["engine"]
    assert json.loads(json.dumps(engine.identity)) == engine.identity
    keys = {request_key(engine.identity, request(1), sample) for sample in (0, 0, 1)}
    assert len(keys) == 2


def each_request_is_answered_once(engine: Engine) -> None:
    """Whatever the order, under its own key, with counts that the accounting can use."""
    asked = {f"k{number}": request(number) for number in range(5)}
    answers = list(engine.generate(iter(asked.items())))
    assert sorted(key for key, _ in answers) == sorted(asked)
    for key, response in answers:
        _is_sound(response)
        if response.prompt_tokens is not None:
            assert engine.prompt_tokens(asked[key]) >= response.prompt_tokens, "no bound"


def _is_sound(response: Response) -> None:
    assert response.end in ("stop", "length", "refusal")
    assert response.text is not None or response.end == "refusal"
    if response.generated_tokens is not None:
        assert 0 <= response.generated_tokens <= 12
        assert (response.thinking_tokens or 0) <= response.generated_tokens


def requests_are_drawn_as_there_is_room(engine: Engine) -> None:
    """A caller who stops taking responses stops the spending."""
    drawn = 0

    def endless() -> Iterator[Keyed]:
        nonlocal drawn
        while True:
            drawn += 1
            yield f"k{drawn}", request(drawn)

    responses = iter(engine.generate(endless()))
    next(responses)
    assert drawn <= ROOM
    responses.close()  # type: ignore[attr-defined]


def waiting_ends(engine: Engine) -> None:
    """None is no request: the engine asks again after the next response, and never for ever."""
    taken: list[str] = []

    def one_after_another() -> Iterator[Keyed | None]:
        for number in range(3):
            yield f"k{number}", request(number)
            while f"k{number}" not in taken:
                yield None

    for key, _ in engine.generate(one_after_another()):
        taken.append(key)
    assert taken == ["k0", "k1", "k2"]
    with pytest.raises(EngineError, match="none is in flight"):
        list(engine.generate(iter([None])))
