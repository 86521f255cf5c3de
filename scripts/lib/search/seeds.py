"""Seeds of the requests of a search."""

import hashlib
import json

from scripts.lib.journal import Sample


def step_seed(pool_seed: int, sample: Sample, *, place: int, round_number: int, part: int) -> int:
    """The seed of one request, in [0, 2^63); no two of a pool have the same.

    It depends on nothing but these, so that neither another problem nor another number of beams
    changes a search.

    Args:
        pool_seed: the pool's.
        sample: problem, wording and beams.
        place: of the search, counted on over its repeats.
        round_number: which step of the search, from 1.
        part: which request of that place in that round.
    """
    which = [sample.problem_id, sample.wording, sample.beams, place, round_number, part]
    digest = hashlib.sha256(json.dumps([pool_seed, *which]).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1
