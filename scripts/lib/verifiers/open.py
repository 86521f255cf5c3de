"""From a verifier's entry in the study to the model that scores."""

from pathlib import Path
from typing import Any

from scripts.lib.config.verifiers import HubVerifier, VerifierModel
from scripts.lib.provenance.notes import note
from scripts.lib.verifiers.base import Verifier, VerifierError
from scripts.lib.verifiers.classifier import ClassifierVerifier
from scripts.lib.verifiers.piecewise import PiecewiseVerifier
from scripts.lib.verifiers.published import PublishedVerifier


def open_verifier(
    spec: VerifierModel | HubVerifier,
    weights: Path | None,
    solver_tokenizer: Any,
    journal: Path | None = None,
    *,
    only_kept: bool = False,
) -> Verifier:
    """The verifier of an entry.

    Args:
        spec: the entry.
        weights: folder of a verifier that was trained here.
        solver_tokenizer: of the model that writes the steps; None where nobody knows it.
        journal: folder that keeps its scores; None keeps none.
        only_kept: a step without a score there is an error, not read.

    Raises:
        VerifierError: the verifier cannot be had.
        JournalError: the journal is broken.
    """
    verifier = _opened(spec, weights, solver_tokenizer)
    note("verifier", verifier.identity | {"batch_size": spec.batch_size})
    if journal is not None:
        verifier.keep(journal)
    if only_kept:
        verifier.only_kept()
    return verifier


def _opened(
    spec: VerifierModel | HubVerifier, weights: Path | None, solver_tokenizer: Any
) -> PiecewiseVerifier:
    if isinstance(spec, HubVerifier):
        return PublishedVerifier(spec)
    if weights is None:
        raise VerifierError("a trained verifier needs its folder: --verifier-weights")
    return ClassifierVerifier(
        weights,
        dtype=spec.dtype,
        batch_size=spec.batch_size,
        solver_tokenizer=solver_tokenizer,
        vllm=spec.vllm,
    )
