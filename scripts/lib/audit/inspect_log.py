"""Looking through a log of inspect-ai, with its own reader."""

import json
import zipfile
from pathlib import Path
from typing import Any, Literal

from scripts.lib.audit.found import AuditError, Found
from scripts.lib.recorded.inspect_log import UNUSED_FIELDS

FORM = "inspect"


def is_inspect(path: Path) -> bool:
    """Whether a file is a log: a zip archive with a header, or JSON with an evaluation."""
    if path.suffix == ".eval":
        return True
    if path.suffix != ".json":
        return False
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and {"eval", "samples"} <= content.keys()


def look(path: Path) -> Found:
    """What a log holds.

    Raises:
        AuditError: it is no log, is not finished, or samples of it failed.
    """
    # Slow to import, and nothing else here needs it.
    from inspect_ai.log import read_eval_log, read_eval_log_samples  # noqa: PLC0415

    form: Literal["eval", "json"] = "eval" if zipfile.is_zipfile(path) else "json"
    try:
        header = read_eval_log(path, header_only=True, format=form)
        if header.status != "success":
            raise AuditError(
                f"{path}: the evaluation's status is {header.status!r}: which samples are missing "
                "nobody knows; finish it with `inspect eval-retry`"
            )
        found = Found(path, FORM, header.eval.task.rpartition("/")[2], header.eval.model)
        for sample in read_eval_log_samples(path, format=form, exclude_fields=UNUSED_FIELDS):
            _add(found, sample)
    except AuditError:
        raise
    except Exception as error:
        said = str(error).strip().splitlines() or ["no text"]
        raise AuditError(f"{path}: not an inspect log that can be read: {said[0][:300]}") from error
    if found.lost:
        raise AuditError(
            f"{path}: {len(found.lost)} samples cannot be audited; `inspect eval-retry` on the log "
            "asks for them again:\n" + "\n".join(f"  - {text}" for text in found.lost[:20])
        )
    for score in header.results.scores if header.results is not None else []:
        for name, metric in score.metrics.items():
            if name == "stderr":
                continue
            found.scores[f"{score.name}, {name}"] = float(metric.value)
    return found


def _add(found: Found, sample: Any) -> None:
    name = str(sample.id)
    if sample.error is not None:
        found.lost.append(f"sample {name} epoch {sample.epoch}: it ended with an error")
        return
    targets = [sample.target] if isinstance(sample.target, str) else list(sample.target)
    found.golds[name] = targets[:1]
    found.samples[name] = found.samples.get(name, 0) + 1
