"""Reading study files, models.yaml and prices.yaml; errors name file, key and what is allowed."""

import functools
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from scripts.lib.config.check import ConfigError, check, explain
from scripts.lib.config.claims import Claims
from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.released import as_asked
from scripts.lib.config.study import Study

MERGE = "tag:yaml.org,2002:merge"
"""What YAML calls the key <<, which takes over the entries of another mapping."""


def load_study(*paths: Path) -> Study:
    """Read and check a study file; with `weights: released`, what is left of it.

    Further files add to it as Snakemake takes them: mappings key by key, all else as a whole.

    Raises:
        ConfigError: with the files, each key, what is wrong and what is allowed.
    """
    content = functools.reduce(_merged, map(read_yaml, paths))
    return as_asked(check(Study, content, ", ".join(map(str, paths))))[0]


def load_facts(path: Path = Path("config/models.yaml")) -> dict[str, ModelFacts]:
    """Sizes and dates of models, by name."""
    facts: dict[str, ModelFacts] = _adapted(dict[str, ModelFacts], path)
    return facts


def load_prices(path: Path = Path("config/prices.yaml")) -> dict[str, Price]:
    """Dollars per token, by model name."""
    prices: dict[str, Price] = _adapted(dict[str, Price], path)
    return prices


def load_claims(path: Path = Path("config/claims.yaml")) -> Claims:
    """What papers and readers claim, and the evidence for and against it, by name."""
    claims: Claims = _adapted(Claims, path)
    return claims


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys()}
        return {**one, **other, **both}
    return other


def _adapted(kind: Any, path: Path) -> Any:
    try:
        return TypeAdapter(kind).validate_python(read_yaml(path))
    except ValidationError as error:
        raise ConfigError(explain(error, str(path), None)) from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; a key given twice is an error."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where PyYAML has it: each start of Snakemake reads several thousand lines."""


class _UniqueKeys(_Loader):  # type: ignore[misc]
    """A key given twice is an error, not a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [
            "<<" if key.tag == MERGE else self.construct_object(key, deep=True)
            for key, _ in node.value
        ]
        for position, key in enumerate(keys):
            if key != "<<" and key in keys[:position]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is given twice", node.value[position][0].start_mark
                )
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping
