"""Audit evaluation logs: make a study of them, run it, and say what came of it.

Logs are those of lm-evaluation-harness (--log_samples) and of inspect. Their samples are graded
again and give what they allow: curves over samples, tokens, budgets and efforts, with intervals,
fits, figures and tables. The study is results/audit_NAME/study.yaml, to be edited and run again
like any other.
"""

import argparse
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from scripts.data.import_samples import import_samples
from scripts.lib import cli
from scripts.lib.atomic import write_text
from scripts.lib.audit.collect import Group, group_logs, log_files
from scripts.lib.audit.curves import Part, add_curves
from scripts.lib.audit.found import AuditError, plain
from scripts.lib.audit.study import Asked, pool_of, whole_study
from scripts.lib.audit.summary import summary
from scripts.lib.config.check import check
from scripts.lib.config.load import load_facts
from scripts.lib.config.pools import RecordedPool
from scripts.lib.config.study import Study

HEAD = "# Made by `make audit` of the logs below. Edit it, and run it as any other study.\n"


def main() -> None:
    """Look through the logs, write the study, run it, print what it says."""
    arguments = _arguments()
    files, notes = log_files(arguments.log)
    name = "audit_" + (plain(arguments.name or arguments.log[0].stem) or "log")
    folder = Path("results") / name
    groups = group_logs(files, folder / "logs", arguments.model)
    asked = Asked(arguments.model, arguments.benchmark, arguments.answers, arguments.tokenizer)
    parts = {group.name: _part(group, asked) for group in groups}
    title = f"Audit of {', '.join(dict.fromkeys(path.name for path in files))}"
    study = whole_study(name, parts, asked, title)
    path = folder / "study.yaml"
    check(Study, study, str(path))
    write_text(path, HEAD + yaml.safe_dump(study, sort_keys=False, allow_unicode=True))
    logging.info("wrote %s: %d curves", path, len(study["curves"]))
    if not arguments.dry:
        _run(path, arguments.cores)
    for pool, part in parts.items():
        notes += [f"{pool}: {note}" if len(parts) > 1 else note for note in part.notes]
    logs = [log for group in groups for log in group.logs]
    print(summary(folder, None if arguments.dry else study, logs, notes), end="")


def _part(group: Group, asked: Asked) -> Part:
    """What a group adds to the study; its samples are read as the study will read them."""
    part = pool_of(group, asked, load_facts())
    pool = check(RecordedPool, part.pool, f"pool {group.name}")
    traces, _ = import_samples(pool, group.name, group.files, None, asked.tokenizer or None)
    add_curves(part, group, traces, asked.model or group.logs[0].model or group.name)
    return part


def _run(study: Path, cores: str) -> None:
    """Run a study to its figures and tables.

    Raises:
        AuditError: it failed; the text holds the end of what it said.
    """
    command = [sys.executable, "-m", "snakemake", "all", "export", "--cores", cores]
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            [*command, "--configfile", str(study)], stdout=said, stderr=said, check=False
        )
        said.seek(0)
        if done.returncode:
            end = said.read()[-3000:]
            raise AuditError(f"{study}: the study did not run to its end:\n{end}")


def _arguments() -> argparse.Namespace:
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--log", type=Path, nargs="+", required=True, help="logs, or folders of them")
    add("--name", default="", help="of the study, after audit_; that of the first log if left out")
    add("--model", default="", help="entry of config/models.yaml, or what to call the model")
    add("--benchmark", default="", help="what the problems are")
    add("--answers", choices=["integer", "math", "choice"], help="how answers are compared")
    add("--tokenizer", default="", help="REPO@REVISION or a folder, to count the texts with")
    add("--cores", default="all", help="for Snakemake")
    add("--dry", action="store_true", help="write the study, and do not run it")
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
