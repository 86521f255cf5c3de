"""The steps that a page of docs/ tells its reader to take: files to write, and commands."""

import re
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


@dataclass
class Section:
    """What one section of a page says is to be written and run, in its order."""

    files: dict[str, str] = field(default_factory=dict)
    appended: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write and append what it says."""
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        for name, text in self.appended.items():
            with (folder / name).open("a", encoding="utf-8") as file:
                file.write(text)

    @property
    def studies(self) -> list[str]:
        """Files of entries, in their order."""
        return [name for name in self.files if name.endswith(".yaml")]


def sections(page: Path) -> dict[str, Section]:
    """The sections of a page by their headings.

    A block of `sh` holds commands. Any other is a file, named in backticks at the end of the line
    before it; the paragraph says "Append" where the file is there.
    """
    found: dict[str, Section] = {}
    for part in page.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        section = found.setdefault(heading, Section())
        before = 0
        for block in BLOCK.finditer(text):
            told = text[before : block.start()].rstrip().rpartition("\n\n")[2]
            before = block.end()
            kind, content = block.groups()
            if kind == "sh":
                section.commands += content.splitlines()
                continue
            name = re.search(r"`([^`\s]+)`:$", told)
            assert name, f"{heading}: no file is named before the block of {kind}"
            kept = section.appended if "Append to" in told else section.files
            kept[name[1]] = content
    return found
