"""Questions of a data set on the Hugging Face Hub, read with the `datasets` library.

Only data files are read, at a fixed revision: a data set that is a program is not run. The
library keeps what it fetched in its own cache, so that several sources may be parts of one
collection.
"""

import logging
import os
import random
from collections.abc import Iterable, Iterator
from typing import Any

import datasets
import polars as pl
from datasets.exceptions import DatasetNotFoundError, DatasetsError
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from scripts.lib.config.questions import HubQuestions
from scripts.lib.hub import TOKEN_VARIABLE, HubError, first_cause, gated_advice, page_of
from scripts.lib.problems import Row, RowError, text_of
from scripts.lib.questions.rows import QuestionError, field_of, import_questions

BATCH = 1000


def load_questions(spec: HubQuestions, source: str) -> pl.DataFrame:
    """The questions of a data set as a Collected table, in the order of its rows.

    Raises:
        HubError: the data set cannot be had, with why and what to do.
        QuestionError: a field is missing, rows are wrong, or none is kept.
    """
    dataset = _load(spec)
    origin = f"{spec.repo} ({spec.split})"
    kept = kept_rows(dataset, spec, origin)
    logging.info("%s: %d of %d rows are kept", origin, len(kept), len(dataset))
    columns = spec.columns.model_dump(exclude={"answer_within"}).values()
    values = _rows(dataset.select(kept), [field for field in columns if field], origin)
    rows = ((place + 1, row) for place, row in zip(kept, values, strict=True))
    return import_questions(rows, source, spec.answer_kind, spec.columns, origin, spec.publish)


def kept_rows(dataset: Any, spec: HubQuestions, origin: str) -> list[int]:
    """Rows that pass `where`, `unless` and `starts`, and of these the `limit` that `seed` draws.

    Raises:
        QuestionError: a field is missing, or no row passes.
    """
    fields = [*spec.where, *spec.unless, *spec.starts]
    kept = list(range(len(dataset)))
    if fields:
        rows = _rows(dataset, fields, origin)
        kept = [place for place, row in enumerate(rows) if _passes(row, spec, place, origin)]
    if not kept:
        raise QuestionError(f"{origin}: no row passes where, unless and starts")
    if spec.limit is not None and spec.limit < len(kept):
        kept = sorted(random.Random(spec.seed).sample(kept, spec.limit))
    return kept


def _passes(row: Row, spec: HubQuestions, place: int, origin: str) -> bool:
    def among(field: str, values: list[str | bool | int]) -> bool:
        # As texts: 2022 in a study also means "2022" in a data set.
        return text_of(field_of(row, field)) in {text_of(value) for value in values}

    try:
        return (
            all(among(field, wanted) for field, wanted in spec.where.items())
            and not any(among(field, unwanted) for field, unwanted in spec.unless.items())
            and all(
                text_of(field_of(row, field)).startswith(tuple(begins))
                for field, begins in spec.starts.items()
            )
        )
    except RowError as error:
        raise QuestionError(f"{origin}: row {place + 1}: {error}") from None


def _rows(dataset: Any, fields: Iterable[str], origin: str) -> Iterator[Row]:
    """The rows, with only those columns that `fields` stand in."""
    there = dataset.column_names
    columns = [field if field in there else field.partition(".")[0] for field in fields]
    missing = [column for column in dict.fromkeys(columns) if column not in there]
    if missing:
        raise QuestionError(f"{origin}: no field {missing[0]!r}; there is: {', '.join(there)}")
    for batch in dataset.select_columns(list(dict.fromkeys(columns))).iter(batch_size=BATCH):
        for values in zip(*batch.values(), strict=True):
            yield dict(zip(batch, values, strict=True))


def _load(spec: HubQuestions) -> Any:
    token = os.environ.get(TOKEN_VARIABLE)
    page = page_of(spec.repo)
    try:
        return datasets.load_dataset(
            spec.repo,
            spec.subset,
            split=spec.split,
            data_files={spec.split: spec.files} if spec.files else None,
            revision=spec.revision,
            token=token or False,
            streaming=False,
        )
    except DatasetNotFoundError as error:
        if "gated" in str(error):
            advice = gated_advice("data set", spec.repo, page, has_token=bool(token))
            raise HubError(advice) from None
        raise HubError(
            f"{page}: {error}; or it is private and the token in the environment variable "
            f"{TOKEN_VARIABLE} {'does not open it' if token else 'is missing'}"
        ) from None
    except ConnectionError as error:
        raise HubError(
            f"{page}: cannot be reached ({first_cause(error)}). Without a network, put its files "
            "into a folder and name that as repo, or have them in the cache of the Hub's client"
        ) from None
    except RuntimeError as error:
        raise HubError(
            f"{page}: {error}. Programs of data sets are not run: name its data files in files, "
            "or take the Hub's own Parquet copy with revision: refs/convert/parquet"
        ) from None
    except (DatasetsError, HfHubHTTPError, HFValidationError, ValueError, OSError) as error:
        raise HubError(f"{page}: at revision {spec.revision!r}: {first_cause(error)}") from None
