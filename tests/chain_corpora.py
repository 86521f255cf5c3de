"""Chains, corpora and prompts for the tests of the chains benchmark."""

import numpy as np
from hypothesis import strategies as st

from scripts.lib.chains.problems import OPERATIONS, Chain
from scripts.lib.config.models import Corpus

PROMPTS = {
    "plain": "{problem}",
    "think": "Think first.\n{problem}",
    "about": "{problem}\nUse about {asked} tokens.",
    "most": "{problem}\nWrite at most {asked} tokens.",
    "budget": "Token budget: {asked}\n{problem}",
}

any_chain = st.builds(
    Chain,
    st.integers(0, 9),
    st.lists(st.sampled_from(OPERATIONS), min_size=2, max_size=10).map(tuple),
)


def generator(seed: int = 0) -> np.random.Generator:
    """Random numbers from a seed."""
    return np.random.Generator(np.random.PCG64(seed))


def corpus(**changes: object) -> Corpus:
    """Settings of a small corpus."""
    settings = {
        "seed": 1,
        "examples": 400,
        "operations": [2, 3, 4],
        "slip_rate": 0.1,
        "most_waits": 3,
        "wordings": ["plain", "about"],
        "asked_share": 0.5,
    }
    return Corpus.model_validate(settings | changes)
