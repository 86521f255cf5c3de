"""Command lines that describe several things in a row, each begun by an option of its own.

In `--curve a --answers x --curve b --answers y` each --curve begins a curve, and the options after
it are that curve's.
"""

import argparse
from collections.abc import Callable
from typing import Any


def option_groups(
    dest: str, opening: str, make: Callable[[str], Any]
) -> tuple[type[argparse.Action], type[argparse.Action]]:
    """Two actions of argparse: of the option that begins a group, and of options within one.

    Args:
        dest: the parsed arguments hold the groups in a list of this name.
        opening: the option that begins a group, for errors.
        make: a group from that option's value; other options set its attributes.
    """

    class Begins(argparse.Action):
        def __call__(self, _parser: Any, namespace: Any, value: Any, _option: Any = None) -> None:
            groups = getattr(namespace, dest, None) or []
            setattr(namespace, dest, [*groups, make(value)])

    class Belongs(argparse.Action):
        def __call__(self, parser: Any, namespace: Any, value: Any, option: Any = None) -> None:
            groups: list[Any] = getattr(namespace, dest, None) or []
            if not groups:
                parser.error(f"{option} stands after the {opening} that it belongs to")
            setattr(groups[-1], self.dest, value)

    return Begins, Belongs
