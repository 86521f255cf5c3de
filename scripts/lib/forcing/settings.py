"""How many tokens each setting of a forced pool allows."""

from scripts.lib.config.pool_settings import Setting
from scripts.lib.config.pools import Forcing
from scripts.lib.forcing.marks import ForcingError, Marks


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
