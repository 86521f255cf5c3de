"""The settings of a forced pool, and how many tokens each allows."""

from dataclasses import dataclass

from scripts.lib.config.pools import Forcing
from scripts.lib.forcing.marks import ForcingError, Marks


@dataclass(frozen=True)
class Setting:
    """A budget of thinking tokens (None: auto) and a number of waits."""

    budget: int | None
    waits: int


def settings_of(forcing: Forcing, asked: int | None) -> list[Setting]:
    """All settings of samples that were asked for `asked`: budgets first, then waits.

    Further numbers of waits than the first come with the largest budget alone, or with every
    one (`every_pair`).
    """
    budgets: list[int | None] = []
    if forcing.budgets == "asked":
        assert asked is not None
        budgets.append(asked * forcing.tokens_per_asked)
    else:
        budgets += forcing.budgets
    explicit = [budget for budget in budgets if budget is not None]
    largest = None if forcing.auto else max(explicit)
    if forcing.auto:
        budgets.append(None)
    first, *more = forcing.waits
    pairs = [(budget, first) for budget in budgets]
    pairs += [(b, w) for b in (budgets if forcing.every_pair else [largest]) for w in more]
    return [Setting(budget, waits) for budget, waits in dict.fromkeys(pairs)]


def budgets_of(
    where: str, forcing: Forcing, settings: list[Setting], marks: Marks, prompt: int, context: int
) -> dict[Setting, int]:
    """The most thinking tokens of each setting; auto is what the context leaves.

    The context holds prompt, thinking, the longest suffix and `answer_tokens`; under the rule
    `remaining` also the waits, which that budget does not count.

    Args:
        where: pool and problem, for errors.
        forcing: the pool's settings.
        settings: those wanted.
        marks: the pool's strings as token ids.
        prompt: tokens before the thinking, `think` included.
        context: most tokens of the model.

    Raises:
        ForcingError: a budget does not fit the context, or auto leaves nothing.
    """
    found = {}
    for setting in settings:
        waits = 0 if forcing.rule == "s1" else setting.waits * len(marks.wait)
        room = context - prompt - waits - marks.longest_suffix - forcing.answer_tokens
        if room < (setting.budget or 1):
            budget = "auto" if setting.budget is None else str(setting.budget)
            raise ForcingError(
                f"{where}: budget {budget} with {setting.waits} waits does not fit: the "
                f"prompt takes {prompt} tokens, {setting.waits} waits {waits}, the end of "
                f"thinking {marks.longest_suffix}, the answer {forcing.answer_tokens}, so the "
                f"model's context of {context} leaves {max(room, 0)} to think; lower the budget "
                "or answer_tokens"
            )
        found[setting] = setting.budget or room
    return found
