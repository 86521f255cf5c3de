"""Grade the answers to whole problems and group those that are equal to each other.

Answers with the same normal form are one class. The classes of other forms are merged if the
judge finds them equal: each form is compared with the gold answer, and if it differs with one
representative of every class before it, the first of its kind. All answers equal to gold are
one class, so that an answer is right if and only if its class is gold's class. Equality up to
rounding is not transitive; the order of comparisons is fixed, so the classes are too.

An answer whose comparison with gold failed (unreadable, out of time or memory) counts as
different from every other form.
"""

from collections.abc import Sequence
from typing import NamedTuple

from scripts.lib.grading.forms import is_plain, normal_form
from scripts.lib.grading.judge import Judge, Pair


class AnswersTo(NamedTuple):
    """The answers to one problem, in their order; None where none was found."""

    answer_kind: str
    gold: str
    answers: Sequence[str | None]


class Graded(NamedTuple):
    """The grade of one answer; the columns of the same names of an Answer table."""

    answer_class: int | None
    correct: bool
    graded: str


_NONE = Graded(None, False, "none")
_GOLD = "gold"


def grade(problems: Sequence[AnswersTo], judge: Judge) -> list[list[Graded]]:
    """Grade all answers to all problems; classes are numbered by first appearance.

    Returns:
        One list a problem, as long as its answers and in their order.
    """
    sheets = [_Sheet(problem) for problem in problems]
    _ask(sheets, judge, first=True)
    while any(sheet.open for sheet in sheets):
        _ask(sheets, judge, first=False)
    return [sheet.grades() for sheet in sheets]


class _Sheet:
    """What is known of one problem's answers while they are compared."""

    def __init__(self, problem: AnswersTo) -> None:
        self.kind = problem.answer_kind
        # A gold answer is trusted: where its form cannot be had, its text stands for it.
        self.gold = normal_form(self.kind, problem.gold) or problem.gold
        self.answers = problem.answers
        distinct = list(dict.fromkeys(answer for answer in self.answers if answer))
        self.forms = {answer: normal_form(self.kind, answer) for answer in distinct}
        # The representative of each form (gold's is _GOLD) and how it compared with gold.
        self.representative: dict[str, str] = {}
        self.verdict: dict[str, str] = {}
        self.open = list(dict.fromkeys(form for form in self.forms.values() if form is not None))

    def questions(self, *, first: bool) -> list[Pair]:
        """First all forms against gold; then the open ones against the first of them."""
        if first:
            return [Pair(self.kind, form, self.gold) for form in self.open]
        return [Pair(self.kind, form, self.open[0]) for form in self._rivals()]

    def take(self, verdicts: list[str], *, first: bool) -> None:
        """Note the verdicts on `questions`; what is in no class yet stays open."""
        if first:
            self.verdict = dict(zip(self.open, verdicts, strict=True))
            for form, verdict in self.verdict.items():
                if verdict != "different":
                    self.representative[form] = _GOLD if verdict == "equal" else f"form {form}"
        elif self.open:
            head = self.open[0]
            judged = zip(self._rivals(), verdicts, strict=True)
            equal = [form for form, verdict in judged if verdict == "equal"]
            self.representative |= dict.fromkeys([head, *equal], f"form {head}")
        self.open = [form for form in self.open if form not in self.representative]
        if self.kind != "math" or all(map(is_plain, self.open)):
            self.representative |= {form: f"form {form}" for form in self.open}
            self.open = []

    def _rivals(self) -> list[str]:
        """The open forms that may equal the first of them; of two plain forms none does."""
        if self.open and is_plain(self.open[0]):
            return [form for form in self.open[1:] if not is_plain(form)]
        return self.open[1:]

    def grades(self) -> list[Graded]:
        """The grade of each answer, in order."""
        numbers: dict[str, int] = {}
        grades = []
        for answer in self.answers:
            if not answer:
                grades.append(_NONE)
                continue
            form = self.forms[answer]
            representative = f"text {answer}" if form is None else self.representative[form]
            number = numbers.setdefault(representative, len(numbers))
            verdict = "unreadable" if form is None else self.verdict[form]
            grades.append(Graded(number, representative == _GOLD, verdict))
        return grades


def _ask(sheets: list[_Sheet], judge: Judge, *, first: bool) -> None:
    """One round over all problems, judged together."""
    asked = [(sheet, sheet.questions(first=first)) for sheet in sheets]
    verdicts = iter(judge.verdicts([pair for _, pairs in asked for pair in pairs]))
    for sheet, pairs in asked:
        sheet.take([next(verdicts) for _ in pairs], first=first)
