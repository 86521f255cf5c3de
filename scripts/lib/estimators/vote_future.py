"""The majority vote of more answers than were drawn: in the limit, and at a larger number.

Both follow from draws of what the chances of a problem's answers may be, given those it got: a
posterior under the laws of answer_prior, which keep some chance for answers that nobody gave yet.
Unseen wrong answers are taken one by one, each with a part of what those before it leave, in the
order in which they would first come: large ones early (Pitman, 1996, "Some developments of the
Blackwell-MacQueen urn scheme", on size-biased order).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scripts.lib.estimators.answer_prior import Counts, Prior
from scripts.lib.estimators.bootstrap import TAILS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_UNSEEN = 300
"""Unseen answers that are asked whether they win in the limit. One that has 2 % of all unseen ones
comes later with a chance of 0.2 %."""
TINY = 1e-300


def limits_of_votes(
    problems: Sequence[Counts], prior: Prior, each: int, generator: np.random.Generator
) -> Floats:
    """Draws of the vote of infinitely many answers: the worth of the most frequent one.

    Args:
        problems: with their counts.
        prior: laws of their answers.
        each: draws under each law.
        generator: of the draws.

    Returns:
        Shape (laws, each, problems); 0 or 1 but for classes of mixed worth.
    """
    found = [
        _limit(one, _repeated(prior, place, each), generator) for place, one in enumerate(problems)
    ]
    return np.stack(found, axis=-1).reshape(prior.laws, each, len(problems))


def votes_of_more(
    problems: Sequence[Counts], more: Sequence[int], prior: Prior, each: int,
    generator: np.random.Generator,
) -> Floats:  # fmt: skip
    """Draws of the vote of the answers that a problem got and of some more, ties shared.

    Args:
        problems: with their counts.
        more: answers still to come, shape (problems,).
        prior: laws of their answers.
        each: draws under each law.
        generator: of the draws.

    Returns:
        Shape (laws * each, problems).
    """
    found = [
        _vote(one, count, _repeated(prior, place, each), generator)
        for place, (one, count) in enumerate(zip(problems, more, strict=True))
    ]
    return np.stack(found, axis=-1)


def mean_limits(means: Floats) -> tuple[float, float]:
    """95 % limits of draws of a mean that takes few values, such as a share of 30 problems.

    The least and the largest value of which at least 2.5 % of the draws lie beyond, those equal to
    it counted half. Whole tails would hold more than 95 %, by up to a value's own share. They are
    moved out to the mean of the draws where nearly all of these are the same and the mean is not.
    """
    values, counts = np.unique(np.round(means, 9), return_counts=True)
    beyond = (np.cumsum(counts) - counts / 2) / counts.sum()
    held = values[(beyond >= TAILS[0]) & (beyond <= TAILS[1])]
    # One value may hold nearly all draws, and none be left between two halves of a pair.
    if not len(held):
        held = values[[np.argmin(np.abs(beyond - 0.5))]]
    mean = means.mean()
    return float(min(held[0], mean)), float(max(held[-1], mean))


def new_answer_chance(problems: Sequence[Counts], prior: Prior) -> float:
    """Chance that the next answer is one that its problem did not get yet, mean over all."""
    shares = []
    a, b = prior.right
    e, f = prior.empty
    for place, one in enumerate(problems):
        right, wrong = one.right.sum(), one.wrong.sum()
        answered = (f + right + wrong) / (e + f + one.empty + right + wrong)
        is_right = (a + right) / (a + b + right + wrong)
        theta, d = prior.concentration[:, place], prior.discount[:, place]
        unseen = (1 - is_right) * (theta + d * len(one.wrong)) / (theta + wrong)
        shares.append((answered * (unseen + (is_right if right == 0 else 0))).mean())
    return float(np.mean(shares))


def _repeated(prior: Prior, place: int, each: int) -> Prior:
    """The laws of one problem, each several times; those of its urn have shape (draws,)."""

    def long(values: Floats) -> Floats:
        return np.repeat(values, each)

    empty, right = ((long(a), long(b)) for a, b in (prior.empty, prior.right))
    urn = (long(values[:, place]) for values in (prior.concentration, prior.discount))
    return Prior(empty, right, *urn)


def _limit(one: Counts, laws: Prior, generator: np.random.Generator) -> Floats:
    share = _right_share(one, laws, generator)
    right = share[:, None] * _split(one.right, generator, laws.laws)
    seen, unseen = _wrong_shares(one, laws, generator)
    wrong = (1 - share)[:, None] * seen
    rest = (1 - share) * unseen
    known = np.concatenate([right, wrong], axis=1)
    worth = np.concatenate([one.right_worth, one.wrong_worth])[known.argmax(axis=1)]
    worth[_unseen_wins(known.max(axis=1), rest, one, laws, generator)] = 0.0
    return np.asarray(worth, dtype=np.float64)


def _unseen_wins(
    best: Floats, rest: Floats, one: Counts, laws: Prior, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Whether an unseen answer has a larger share than `best`; `rest` is that of all of them."""
    won, left = np.zeros(len(best), dtype=bool), rest.copy()
    for place in range(MOST_UNSEEN):
        # All that is left together could not win, or one has won.
        going = np.flatnonzero(~won & (left > best))
        if not len(going):
            break
        share = left[going] * _unseen_part(place, going, one, laws, generator)
        won[going] = share > best[going]
        left[going] -= share
    return won


def _vote(one: Counts, more: int, laws: Prior, generator: np.random.Generator) -> Floats:
    a, b = laws.empty
    answered = one.right.sum() + one.wrong.sum()
    empty = generator.binomial(more, generator.beta(a + one.empty, b + answered))
    share = _right_share(one, laws, generator)
    right = generator.binomial(more - empty, share)
    wrong = more - empty - right
    seen, unseen = _wrong_shares(one, laws, generator)
    new = generator.multinomial(wrong, np.concatenate([seen, unseen[:, None]], axis=1))
    new_right = generator.multinomial(right, _split(one.right, generator, laws.laws))
    counts = np.concatenate([one.right + new_right, one.wrong + new[:, :-1]], axis=1)
    worth = np.concatenate([one.right_worth, one.wrong_worth])
    most, modes = _unseen_modes(new[:, -1], counts.max(axis=1), one, laws, generator)
    return _worth_of_vote(counts, worth, most, modes)


def _unseen_modes(
    answers: Ints, best: Ints, one: Counts, laws: Prior, generator: np.random.Generator
) -> tuple[Ints, Ints]:
    """How often the most frequent unseen answers are given, and how many these are.

    The first of the answers to come is of the first class; each other one is with its part. Where
    all that is left is less than the best seen answer has, it cannot decide and is not told apart.

    Args:
        answers: that are of unseen classes, shape (draws,).
        best: how often the most frequent seen answer is given, shape (draws,).
        one: counts of the problem.
        laws: of each draw.
        generator: of the draws.
    """
    left, most, modes = answers.copy(), np.zeros_like(answers), np.zeros_like(answers)
    for place in range(answers.max(initial=0)):
        going = np.flatnonzero((left > 0) & (left >= np.maximum(most, best)))
        if not len(going):
            break
        part = _unseen_part(place, going, one, laws, generator)
        given = 1 + generator.binomial(left[going] - 1, part)
        left[going] -= given
        modes[going] = np.where(given > most[going], 1, modes[going] + (given == most[going]))
        most[going] = np.maximum(most[going], given)
    return most, modes


def _worth_of_vote(counts: Ints, worth: Floats, unseen: Ints, modes: Ints) -> Floats:
    """Mean worth of the most frequent answers, per row.

    Args:
        counts: of the answers that have a worth, shape (draws, classes).
        worth: shape (classes,).
        unseen: how often others, all wrong, are given at most, shape (draws,).
        modes: how many of these are given so often.
    """
    most = np.maximum(counts.max(axis=1), unseen)
    first = (counts == most[:, None]) & (most > 0)[:, None]
    number = first.sum(axis=1) + np.where(unseen == most, modes, 0)
    return np.asarray(first @ worth / np.maximum(number, 1))


def _right_share(one: Counts, laws: Prior, generator: np.random.Generator) -> Floats:
    """Draws of the share of right answers among all that are not empty."""
    a, b = laws.right
    return np.asarray(generator.beta(a + one.right.sum(), b + one.wrong.sum()))


def _split(counts: Ints, generator: np.random.Generator, draws: int) -> Floats:
    """Draws of the shares of right classes among right answers: one, but for odd gradings."""
    if len(counts) == 1:
        return np.ones((draws, 1))
    return np.asarray(generator.dirichlet(counts, size=draws))


def _wrong_shares(
    one: Counts, laws: Prior, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draws of the shares of seen classes among wrong answers, and of all unseen ones together.

    Dirichlet(n_1 - discount, ..., n_K - discount, concentration + K discount): Pitman (1996, "Some
    developments of the Blackwell-MacQueen urn scheme", corollary 20).
    """
    seen = generator.standard_gamma(one.wrong - laws.discount[:, None])
    unseen = generator.standard_gamma(laws.concentration + len(one.wrong) * laws.discount)
    # A tiny shape may round to nothing: where all do, all is unseen.
    total = seen.sum(axis=1) + unseen
    unseen = np.where(total > 0, unseen, 1.0)
    total = np.where(total > 0, total, 1.0)
    return seen / total[:, None], unseen / total


def _unseen_part(
    place: int, draws: Ints, one: Counts, laws: Prior, generator: np.random.Generator
) -> Floats:
    """The part of an unseen answer in all unseen ones from it on, shape (draws,).

    Those of an urn of the same discount and of concentration + K discount after K classes; the
    last answer of an urn that holds no more takes all that is left.

    Args:
        place: of the answer, from 0.
        draws: for which laws.
        one: counts of the problem.
        laws: of all draws.
        generator: of the draws.
    """
    d = laws.discount[draws]
    left = laws.concentration[draws] + (len(one.wrong) + place + 1) * d
    part = generator.beta(1 - d, np.maximum(left, TINY))
    return np.asarray(np.where(left > 0, part, 1.0))
