"""Budget forcing the long way: each setting by itself, its rounds one after another.

Nothing here is taken from scripts/lib/forcing but the seeds of the parts. Runs share nothing but
the batch: all go round by round, and a round begins when all have finished the one before.
"""

from dataclasses import dataclass, field

from scripts.lib.config.noise import Noise
from scripts.lib.config.pools import Forcing
from scripts.lib.engines.base import Request, TokenEngine
from scripts.lib.forcing.sample import part_seed


@dataclass
class Run:
    """One prompt under one setting, and what became of it; a budget of None is auto."""

    prompt: tuple[int, ...]
    seed: int
    budget: int | None
    most_waits: int
    most: int = 0
    thinking: list[int] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    generated: int = 0
    finish: str = ""
    over: bool = False
    token_ids: list[int] = field(default_factory=list)
    trimmed: int = 0
    answered: int = 0
    end: str = ""


class Alone:
    """Runs of one setting each."""

    def __init__(self, engine: TokenEngine, forcing: Forcing, noise: Noise) -> None:
        self.engine, self.forcing, self.noise = engine, forcing, noise
        self.think, self.wait, self.answer = map(
            self.spell, (forcing.think, forcing.wait, forcing.answer)
        )
        self.end_of_cut = "\n" + forcing.answer + forcing.final
        self.stops = tuple(self.spell(text)[0] for text in forcing.stop)

    def spell(self, text: str) -> list[int]:
        return list(self.engine.tokenizer.encode(text, add_special_tokens=False))

    def run(self, runs: list[Run]) -> None:
        """Think and answer."""
        for run in runs:
            run.most = run.budget or self.room(run)
        for number in range(max(run.most_waits for run in runs) + 1):
            self.one_round([run for run in runs if number <= run.most_waits], number)
        self.answer_all(runs)

    def room(self, run: Run) -> int:
        taken = len(run.prompt) + len(self.think) + len(self.spell(self.end_of_cut))
        if self.forcing.rule == "remaining":
            taken += run.most_waits * len(self.wait)
        return self.engine.context - taken - self.forcing.answer_tokens

    def ask(self, run: Run, part: int | str, context: list[int], **settings: object) -> Request:
        return Request(
            None,
            part_seed(run.seed, part),
            context=(*run.prompt, *context),
            temperature=self.noise.temperature,
            top_p=self.noise.top_p,
            **settings,  # type: ignore[arg-type]
        )

    def one_round(self, runs: list[Run], number: int) -> None:
        requests = {}
        for i, run in enumerate(runs):
            left = run.most - (run.generated if self.forcing.rule == "remaining" else 0)
            if run.over or left == 0:
                continue
            if number:
                run.waits.append(len(run.thinking))
                run.thinking += self.wait
            context = self.think + run.thinking
            if len(run.prompt) + len(context) >= self.engine.context:
                run.finish, run.over = "length", True
                continue
            requests[str(i)] = self.ask(
                run, number, context, max_tokens=left, stop_ids=self.stops, min_tokens=1
            )
        for key, response in self.engine.generate(requests.items()):
            run, tokens = runs[int(key)], list(response.token_ids or ())
            run.finish, run.over = response.end, response.end == "length"
            run.generated += len(tokens)
            run.thinking += tokens if run.over else tokens[:-1]

    def answer_all(self, runs: list[Run]) -> None:
        requests = {}
        for i, run in enumerate(runs):
            if self.forcing.rule == "s1":
                run.trimmed = max(0, len(run.thinking) - run.most)
                run.thinking = run.thinking[: run.most]
                run.waits = [place for place in run.waits if place < run.most]
            suffix = self.answer
            if run.finish == "length":
                ends = self.engine.tokenizer.decode(run.thinking).endswith("\n")
                suffix = self.spell(self.end_of_cut[1:] if ends else self.end_of_cut)
            run.token_ids = self.think + run.thinking + suffix
            requests[str(i)] = self.ask(
                run, "answer", run.token_ids, max_tokens=self.forcing.answer_tokens
            )
        for key, response in self.engine.generate(requests.items()):
            run, tokens = runs[int(key)], response.token_ids or ()
            run.token_ids = [*run.token_ids, *tokens]
            run.answered, run.end = len(tokens), response.end
            run.generated += len(tokens)
