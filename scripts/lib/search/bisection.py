"""The first wrong step of a solution by bisection.

OmegaPRM (Luo et al. 2024, arXiv:2406.06592, section 3.2): a step from which some rollout reaches
the gold answer has everything before it right; one from which none does has the error at or before
it. Halving what is between finds the first such step with k log2(M) rollouts instead of k M. A
solution whose own answer is right has no such step, and takes none.
"""


class Bisection:
    """Where the first wrong step of a solution is.

    Args:
        steps: how many it has.
        correct: whether its own answer is right; None where it was cut off before one.
    """

    def __init__(self, steps: int, *, correct: bool | None) -> None:
        # The first wrong step is one of `_low` to `_high`; one past the end means none. A wrong
        # answer makes the last step wrong, whatever stands before it.
        self._high = steps if correct is None or correct else steps - 1
        self._low = steps if correct else 0

    def next(self) -> list[int]:
        """The step to try; nothing once the first wrong one is known."""
        return [(self._low + self._high) // 2] if self._low < self._high else []

    def note(self, step: int, *, right: bool) -> None:
        """Whether any rollout from the end of `step` was right."""
        if right:
            self._low = step + 1
        else:
            self._high = step

    def is_right(self, step: int) -> bool:
        """Whether a step stands before the first wrong one, once that is known."""
        return step < self._low
