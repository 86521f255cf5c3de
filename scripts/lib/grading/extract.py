r"""Find the final answer in what a model wrote.

The rules, in order, on the part after the last answer delimiter (all of the text without one):

1. The last `\boxed{...}` or `\fbox{...}` whose braces balance and which holds something.
2. The last line that announces an answer: "Answer:", "Final Answer:", or in prose "the answer
   is". What follows on that line counts, or the next line if nothing follows. A marker with
   nothing behind it means that there is no answer. Of the announced text the kinds take:
   integer: the number it begins with, else its last number; math: the one `$...$` if there is
   one, else the first sentence; choice: the first letter A to D that stands alone.
3. Without either, integer and math: the last number (`last_number=False` turns this off);
   choice: the last line that is nothing but a letter A to D, such as "(B)".

A sample that did not end by itself (cut at a length, refused) may have stopped in the middle of
a thought. For it only rule 1 and the explicit "Answer:" of rule 2 hold, and that only for an answer
that stands whole: not at the very end of the text, where more of it may have been to come, and
an integer only where the announced text begins with it. A number that happens to be the last one
written is nobody's answer.

Every step is linear in the length of the text, whatever its nesting.
"""

import re

from scripts.lib.thinking import answer_part

# Opening of a box, an escaped character (which is no brace), or a brace.
_BRACES = re.compile(r"(?P<box>\\(?:boxed|fbox)[ \t\n]{0,4}\{)|\\.|[{}]", re.DOTALL)

_GAP = r"[*_ \t]{0,8}"
_EXPLICIT = rf"(?<![a-z])answer{_GAP}(?:[:\uff1a]|\bis{_GAP}[:\uff1a])|final[ ]answer{_GAP}(?=\n)"
_PROSE = rf"(?<![a-z])answer{_GAP}\bis\b"
_MARKER_EXPLICIT = re.compile(_EXPLICIT, re.IGNORECASE)
_MARKER_ANY = re.compile(f"{_EXPLICIT}|{_PROSE}", re.IGNORECASE)

_NUMBER = re.compile(r"(?<![\w.)])[-\u2212]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:/\d+)?|\d[\d,]*")
_INLINE_MATH = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]")
_DISPLAY_MATH = re.compile(r"^(?:\$\$|\\\[)\s*")
_LINE_END = re.compile(r"\n|<\|\w+\|>")  # or a special token, such as <|im_end|>
_SENTENCE_END = re.compile(r"\.(?=\s|$)")
_LONE_LETTER = re.compile(r"(?<![A-Za-z])([A-D])(?![A-Za-z])")
_ONLY_LETTER = re.compile(r"[\s*_($\\]{0,8}([A-Da-d])[\s*_)$.\\]{0,8}")

# An announced answer is short; this bounds the work on a hostile line.
_LONGEST_LINE = 4_000


def extract_answer(
    text: str, answer_kind: str, end: str = "stop", *, last_number: bool = True
) -> str | None:
    """The answer that `text` gives, or None where it gives none.

    Args:
        text: the whole output, thinking included.
        answer_kind: integer, math or choice.
        end: how the sample ended; anything but "stop" admits explicit markers only.
        last_number: whether the last number stands in for a missing marker.
    """
    part = answer_part(text)
    finished = end == "stop"
    boxed = last_boxed(part)
    if boxed is not None:
        return _of_box(boxed, answer_kind)
    announced = _announced(part, _MARKER_ANY if finished else _MARKER_EXPLICIT)
    if not finished:
        return _whole(announced, part, answer_kind)
    if announced is not None:
        return _of_kind(announced, answer_kind)
    if answer_kind == "choice":
        lines = (_ONLY_LETTER.fullmatch(line) for line in reversed(part.splitlines()))
        return next((match[1].upper() for match in lines if match), None)
    return _last_number(part) if last_number else None


def last_boxed(text: str) -> str | None:
    """The content of the last box that closes and is not blank; the inner one of two nested."""
    opened: list[int | None] = []
    best: tuple[int, int] | None = None
    for token in _BRACES.finditer(text):
        if token["box"]:
            opened.append(token.end())
        elif token[0] == "{":
            opened.append(None)
        elif token[0] == "}" and opened:
            start = opened.pop()
            later = start is not None and (best is None or start > best[0])
            if start is not None and later and not text[start : token.start()].isspace():
                best = (start, token.start()) if start < token.start() else best
    return text[best[0] : best[1]].strip() if best else None


def _of_box(boxed: str, answer_kind: str) -> str:
    """The answer in a box; of an equation ("m+n = 042") that should give an integer, its end."""
    if answer_kind == "choice":
        return _letter(boxed) or boxed
    return boxed.rsplit("=", 1)[-1].strip() if answer_kind == "integer" else boxed


def _whole(announced: str | None, text: str, answer_kind: str) -> str | None:
    """The announced answer of a text that was cut; None where it may be torn."""
    if announced is None or (answer_kind == "integer" and not _leading_number(announced)):
        return None
    answer = _of_kind(announced, answer_kind)
    at_the_end = text.rstrip(" \t\r*_").endswith(announced) and announced.endswith(answer or "")
    return None if at_the_end else answer


def _leading_number(announced: str) -> str | None:
    first = _NUMBER.match(announced.lstrip("$ \\("))
    return first[0] if first else None


def _announced(text: str, marker: re.Pattern[str]) -> str | None:
    """What the last marker announces: "" where nothing follows it, None without a marker."""
    last = None
    for match in marker.finditer(text):
        last = match
    if last is None:
        return None
    following = text[last.end() : last.end() + _LONGEST_LINE].lstrip(" \t\r\n:*_")
    line = _LINE_END.split(_DISPLAY_MATH.sub("", following), maxsplit=1)[0]
    return line.strip(" \t\r*_")


def _of_kind(announced: str, answer_kind: str) -> str | None:
    """The part of an announced line that is an answer of this kind."""
    if answer_kind == "choice":
        return _letter(announced)
    if answer_kind == "integer":
        first = _leading_number(announced)
        return _tidy(first) if first else _last_number(announced)
    maths = list(_INLINE_MATH.finditer(announced))
    if len(maths) == 1:
        return next(group for group in maths[0].groups() if group is not None).strip()
    sentence = _SENTENCE_END.split(announced, maxsplit=1)[0]
    return sentence.strip() or None


def _letter(text: str) -> str | None:
    """The first letter A to D that stands alone; in lower case only if there is nothing else."""
    only = _ONLY_LETTER.fullmatch(text)
    if only:
        return only[1].upper()
    lone = _LONE_LETTER.search(text)
    return lone[1] if lone else None


def _last_number(text: str) -> str | None:
    last = None
    for match in _NUMBER.finditer(text):
        last = match
    return _tidy(last[0]) if last else None


def _tidy(number: str) -> str:
    return number.rstrip(",").replace("\u2212", "-")
