"""Say where a result comes from: who made it, of what, with what, on what, and when.

Whatever is below results/ or in data/fetched/ can be named, a folder too. With --all it follows
inputs back to the first of them: figure, curve, answers, traces, model.
"""

import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.lib import cli
from scripts.lib.provenance.chain import Made, chain, find, inputs

BRIEF = {"made", "code", "engine", "verifier", "base", "responses", "host"}
"""What is said of the inputs of inputs."""


def main() -> None:
    """Read the arguments, look, print."""
    parser = cli.parser(__doc__)
    parser.add_argument("file", type=Path, help="such as results/tiny/figures/regions.png")
    parser.add_argument("--all", action="store_true", help="and of all that it was made of")
    parser.add_argument("--json", action="store_true", help="print records as JSON")
    args = parser.parse_args()
    first = find(Path(os.path.relpath(args.file)))
    shown = list(chain(first)) if args.all else [first]
    if args.json:
        sys.stdout.write(as_json(shown, whole=args.all))
        return
    print(as_text(first), end="")
    for one in shown[1:]:
        print("", as_text(one, BRIEF), sep="\n", end="")


def as_json(shown: list[Made], *, whole: bool) -> str:
    """Records with the state of their file; a list of them where it is a whole chain."""
    entries = [{"file": str(m.path), "state": m.state, **(m.record or {})} for m in shown]
    return json.dumps(entries if whole else entries[0], indent=2, ensure_ascii=False) + "\n"


def as_text(made: Made, rows: set[str] | None = None) -> str:
    """A record to be read, or only these rows of it."""
    record = made.record or {}
    lines = [f"{made.path}: {made.state}"]
    for name, value in _rows(made.path, record):
        if rows is not None and name not in rows:
            continue
        first, *rest = str(value).splitlines() or [""]
        lines += [f"  {name:<9} {first}".rstrip(), *(f"{'':<12}{line}" for line in rest)]
    return "\n".join(lines) + "\n"


def _rows(path: Path, record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    took = f"{record['wall_s']:.1f} s, {record['cpu_s']:.1f} s of CPU"
    if record["processes"] > 1:
        took += f" (of the first of {record['processes']} processes)"
    yield "made", f"{record['started']} to {record['ended']} by {record['program']}: {took}"
    yield "command", shlex.join(record["command"])
    yield "code", _code(record)
    yield "config", _as_yaml(record["config"])
    yield "seeds", ", ".join(f"{name} {seed}" for name, seed in record["seeds"].items()) or "none"
    for name, fact in record["facts"].items():
        yield name, _as_yaml(fact)
    yield "host", _host(record["host"])
    packages = [f"{name} {version}" for name, version in record["packages"].items()]
    yield "packages", ", ".join([f"Python {record['python']}", *packages])
    others = [one["path"] for one in record["outputs"] if one["path"] != str(path)]
    if others:
        yield "also made", "\n".join(others)
    read = [f"{_short(one.recorded)}  {one.path}: {one.state}" for one in inputs(record)]
    yield "inputs", "\n".join(read) or "none"


def _code(record: dict[str, Any]) -> str:
    git, code = record["git"], record["code"]
    if "unknown" in git:
        said = f"commit unknown: {git['unknown']}"
    else:
        said = f"commit {git['commit']}"
        if git["changed_files"]:
            said += f", with {git['changed_files']} changed files: {', '.join(git['changed'])}"
    edited = code["edited_since_start"]
    later = f"\nedited while it ran: {', '.join(edited)}" if edited else ""
    return f"{said}\nsha256 of its modules {code['sha256']}{later}"


def _host(host: dict[str, Any]) -> str:
    gpus = ", ".join(host["gpus"]) or "no GPU"
    driver = f" (driver {host['driver']})" if host["driver"] else ""
    cores = f"{host['usable_cores']} of {host['cores']} cores"
    return f"{host['cpu']}, {cores}, {host['memory_gib']} GiB, {host['system']}; {gpus}{driver}"


def _short(recorded: dict[str, Any]) -> str:
    sha256 = recorded.get("sha256")
    return f"sha256 {sha256[:12]}" if sha256 else f"{recorded.get('bytes', '?')} bytes"


def _as_yaml(content: Any) -> str:
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return text.rstrip()


if __name__ == "__main__":
    cli.run(main)
