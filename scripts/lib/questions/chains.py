"""Generated questions about chains of arithmetic: a small pool with several sources and domains.

A teacher thinks about each as the writer of the training corpus does (scripts/lib/chains), so
that a model of that corpus can be fine-tuned on its traces: a first pass, 0 to `most_waits`
checking passes, all numbers of them equally likely, and the answer of the last pass, which may
be wrong.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from scripts.lib.chains.completions import thinking_text
from scripts.lib.chains.families import FAMILIES, Family
from scripts.lib.chains.problems import OPERATIONS, Chain, answer_of, draw_chain
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.traces import Pass, Plan, draw_passes
from scripts.lib.config.questions import ChainsQuestions
from scripts.lib.errors import UserError
from scripts.lib.questions import flaws
from scripts.lib.questions.rows import question_table

MOST_TAKEN = 0.5
"""Largest share of all chains of its lengths that a source may ask about."""


class GeneratorError(UserError):
    """A source of generated questions asks for what there is not."""


def generate_questions(
    spec: ChainsQuestions, source: str, benchmarks: Mapping[str, Chain]
) -> pl.DataFrame:
    """A Collected table of `spec.questions` rows, flaws among them, in a random order.

    Args:
        spec: what to draw; the table depends on it and `benchmarks` alone.
        source: the source's name.
        benchmarks: questions of the study's benchmarks by their text. None is asked here, in
            whatever notation, but as a near-copy.

    Raises:
        GeneratorError: an unknown family, too few chains, or too few problems to copy.
    """
    families = _families(spec)
    copied = [
        (text, chain, family)
        for text, chain in benchmarks.items()
        for family in families
        if family.read(text) is not None
    ]
    _check_room(spec, len(copied), len(set(benchmarks.values())))
    return question_table(_Generator(spec, source, families).rows(copied, benchmarks))


class _Generator:
    """Draws the rows of one source, all from one stream of noise."""

    def __init__(self, spec: ChainsQuestions, source: str, families: list[Family]) -> None:
        self.spec = spec
        self.source = source
        self.families = families
        self.noise = np.random.Generator(np.random.PCG64(spec.seed))
        slip_seed = spec.seed if spec.slip_seed is None else spec.slip_seed
        self.slips = Slips.draw(spec.slip_rate, slip_seed)

    def rows(
        self, copied: list[tuple[str, Chain, Family]], benchmarks: Mapping[str, Chain]
    ) -> list[flaws.Row]:
        """All rows: drawn questions, some of them spoilt, then repeats and near-copies."""
        planted = self.spec.flaws
        fresh = self.spec.questions - planted.duplicates - planted.near_tests
        asked = [
            (chain, self.families[self.noise.integers(len(self.families))])
            for chain in self._chains(fresh, set(benchmarks.values()))
        ]
        rows = [self._row(*one) for one in asked]
        order = self.noise.permutation(fresh).tolist()
        for _ in range(planted.no_answer):
            place = order.pop()
            rows[place] = flaws.without_answer(rows[place])
        for _ in range(planted.failed_calls):
            place = order.pop()
            rows[place] = flaws.failed_call(rows[place], self.noise)
        for _ in range(planted.broken_format):
            place = order.pop()
            rows[place] = flaws.broken_format(rows[place], self.noise)
        for _ in range(planted.duplicates):
            rows.append(self._row(*asked[order[self.noise.integers(len(order))]]))
        for place in self.noise.permutation(len(copied))[: planted.near_tests]:
            text, chain, family = copied[place]
            rows.append(self._row(chain, family) | {"question": flaws.near_copy(text, self.noise)})
        return [rows[place] for place in self.noise.permutation(len(rows))]

    def _chains(self, number: int, excluded: set[Chain]) -> list[Chain]:
        chains: dict[Chain, None] = {}
        lengths = self.spec.operations
        while len(chains) < number:
            chain = draw_chain(lengths[self.noise.integers(len(lengths))], self.noise)
            if chain not in excluded:
                chains.setdefault(chain)
        return list(chains)

    def _row(self, chain: Chain, family: Family) -> flaws.Row:
        """A sound row: the question, its solution, and what the teacher thinks and answers."""
        waits = int(self.noise.integers(self.spec.most_waits + 1))
        passes = draw_passes(chain, Plan(True, waits), self.slips, self.noise)
        return {
            "source": self.source,
            "publish": "text",
            "question": family.text(chain),
            "solution": Pass(tuple(chain.values()), True).text(chain),
            "answer": chain.answer(),
            "answer_kind": "integer",
            "trace": thinking_text(chain, passes),
            "attempt": answer_of(list(passes[-1].values)),
            "domain": family.name,
        }


def _families(spec: ChainsQuestions) -> list[Family]:
    known = {family.name: family for family in FAMILIES}
    unknown = [name for name in spec.families if name not in known]
    if unknown:
        raise GeneratorError(
            f"families: {', '.join(unknown)} not known; there is: {', '.join(known)}"
        )
    return [known[name] for name in spec.families]


def _check_room(spec: ChainsQuestions, copied: int, excluded: int) -> None:
    wanted = spec.flaws.near_tests
    if wanted > copied:
        raise GeneratorError(
            f"flaws.near_tests: {wanted}, and the benchmarks hold {copied} problems of the "
            f"families {', '.join(spec.families)}"
        )
    chains = sum(10 * len(OPERATIONS) ** length for length in set(spec.operations))
    room = int(MOST_TAKEN * chains) - excluded
    if spec.questions > room:
        raise GeneratorError(
            f"questions: {spec.questions}, and of chains of {spec.operations} operations at most "
            f"{room} may be asked about; ask for fewer or list longer chains"
        )
