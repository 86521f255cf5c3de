"""One search in the tables of its pool: what it ended with, how that was scored, what it spent."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from scripts.lib.engines.base import TokenEngine
from scripts.lib.journal import Sample
from scripts.lib.search.tree_search import Final, Tally, TreeSearch

Row = dict[str, object]


@dataclass(frozen=True)
class Search:
    """One problem with one number of beams.

    `sample` are its coordinates, with the number of its first candidate; `prompt` the solver's
    token ids, `read_prompt` the tokens that the verifier reads before the first step (0 without a
    verifier).
    """

    sample: Sample
    prompt: tuple[int, ...]
    read_prompt: int
    trees: list[TreeSearch]

    def finals(self) -> list[Final]:
        """The candidates that it ended with, by their places."""
        found = {place: final for tree in self.trees for place, final in tree.finals.items()}
        return [found[place] for place in sorted(found)]

    def spent(self) -> list[Tally]:
        """What was spent in each place."""
        found = {place: tally for tree in self.trees for place, tally in tree.spent.items()}
        return [found[place] for place in sorted(found)]

    def keys(self, pool: str) -> Iterator[Row]:
        """The columns that identify each place in a table of the pool."""
        for place in range(self.sample.beams or 1):
            number = self.sample.sample + place
            yield {"pool": pool, **vars(replace(self.sample, sample=number))}


def trace_rows(pool: str, search: Search, engine: TokenEngine) -> Iterator[Row]:
    """Rows of the Trace table: the candidates that a search ended with."""
    for key, final in zip(search.keys(pool), search.finals(), strict=True):
        node = final.node
        token_ids, finished = node.all_ids(), node.state == "finished"
        # The engine leaves out of its text the token that ended it, and so does this.
        spoken = token_ids[:-1] if finished else token_ids
        yield {
            **key,
            "seed": node.seed,
            "request_key": node.key,
            "prompt_tokens": len(search.prompt),
            "generated_tokens": node.generated,
            "thinking_tokens": engine.thinking_tokens(search.prompt, spoken),
            "token_ids": list(token_ids),
            "text": engine.decode(spoken),
            "end": "stop" if finished else "length",
            "forced_tokens": node.all_forced,
            "wait_positions": [],
        }


def step_rows(pool: str, search: Search, scorer: str) -> Iterator[Row]:
    """Rows of the Step table: the steps of those candidates; none where nothing was scored."""
    for key, final in zip(search.keys(pool), search.finals(), strict=True):
        for step, node in enumerate(final.node.path()):
            if node.score is not None:
                yield {
                    **key,
                    "step": step,
                    "prompt_tokens": search.read_prompt,
                    "tokens": node.read,
                    "score": node.score,
                    "scorer": scorer,
                }


def spent_rows(pool: str, search: Search) -> Iterator[Row]:
    """Rows of the Spent table."""
    places = zip(search.keys(pool), search.finals(), search.spent(), strict=True)
    for key, final, tally in places:
        yield {
            **key,
            "prompt_tokens": len(search.prompt),
            "serial_tokens": final.serial,
            "verifier_prompt_tokens": search.read_prompt,
            **asdict(tally),
        }
