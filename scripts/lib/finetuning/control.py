"""Training traces that keep to an asked length: tokens, or steps counted down (s1, section 4).

s1 writes "<|im_start|>4 steps left" before a step. Here the line is plain text: "<|im_start|>" is
what ends the thinking in budget forcing, which would cut every trace at its first step.
"""


def next_power_of_two(number: int) -> int:
    """The least power of two that is not below `number`; 1 for 0."""
    return 1 << max(number - 1, 0).bit_length()


def split_steps(trace: str, separator: str) -> list[str]:
    """The steps of a trace; empty ones are left out."""
    return [step for step in trace.split(separator) if step.strip()]


def count_down(trace: str, separator: str) -> tuple[int, str]:
    """The number of steps to ask for, and the trace with a line before each step.

    The number is the next power of two of the trace's steps; the line says how many are left,
    counting down from it: "4 steps left" before the first of three, "2 steps left" before the
    last.
    """
    steps = split_steps(trace, separator)
    asked = next_power_of_two(len(steps))
    counted = [f"{asked - number} steps left\n{step}" for number, step in enumerate(steps)]
    return asked, separator.join(counted)
