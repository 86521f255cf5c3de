"""What jobs with a model ask of a cluster."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib.config.check import ConfigError
from scripts.lib.config.load import read_yaml
from scripts.lib.config.models import HubModel, TunedModel
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.verifiers import VerifierModel
from scripts.lib.config.vllm import Vllm
from scripts.lib.site import DEFAULTS, Site, load_site
from scripts.lib.workflow import StudyFiles
from scripts.lib.workflow_sizes import USABLE, JobSizes

VOCABULARY = 151_936
"""Of the Qwen2.5 models."""


def sizes(study: str, vllm: dict[str, Vllm] | None = None, **site: object) -> JobSizes:
    path = Path(f"config/{study}.yaml")
    content = read_yaml(path)
    for model, settings in (vllm or {}).items():
        content["models"][model]["vllm"] = settings.model_dump()
    known = load_site(own=Path("none.yaml")).model_dump()
    return JobSizes(StudyFiles(content, [str(path)]), Site.model_validate(known | site))


def of(**wildcards: str) -> SimpleNamespace:
    return SimpleNamespace(**wildcards)


def test_small_and_distant_models_take_no_gpu() -> None:
    assert sizes("tiny", gpu_model="h100").pool.gpus(of(pool="samples")) == 0
    assert sizes("tiny", gpu_model="h100").pool.gpu_model(of(pool="samples")) == ""
    paper = sizes("paper", cpu_partition="short", gpu_partition="gpu")
    assert paper.pool.gpus(of(pool="gpt_6_sol_asked")) == 0
    assert paper.pool.partition(of(pool="gpt_6_sol_asked")) == "short"


@pytest.mark.parametrize(("gib", "gpus"), [(24, 4), (40, 4), (80, 2), (141, 1)])
def test_gpus_follow_from_the_size_of_the_model(gib: int, gpus: int) -> None:
    """32.8 billion parameters are 61 GiB in bfloat16, 76 with room for keys and values."""
    one = sizes("paper", {"qwen_32b": Vllm()}, gpu_gib=gib, gpu_model="x", gpu_partition="gpu")
    pool = of(pool=pool_of(one, "qwen_32b"))
    assert one.pool.gpus(pool) == gpus
    assert (one.pool.gpu_model(pool), one.pool.partition(pool)) == ("x", "gpu")


def test_settings_of_vllm_are_kept_to() -> None:
    one = sizes("paper", {"qwen_32b": Vllm(tensor_parallel=8)})
    assert one.pool.gpus(of(pool=pool_of(one, "qwen_32b"))) == 8


def test_memory_and_time_grow_with_the_attempts() -> None:
    one = sizes("paper", {"qwen_32b": Vllm()})
    pool = of(pool=pool_of(one, "qwen_32b"))
    assert one.pool.memory(pool, 1) > 65_000
    assert one.pool.memory(pool, 2) == 2 * one.pool.memory(pool, 1)
    assert one.pool.minutes(pool, 3) == 3 * one.pool.minutes(pool, 1) == 3 * 1440


def test_a_training_gets_what_its_launch_configuration_says() -> None:
    training = sizes("paper").training
    assert (training.gpus(of(model="s1_32b")), training.nodes(of(model="s1_32b"))) == (16, 2)
    training = sizes("search").training
    assert (training.gpus(of(model="prm_1b")), training.nodes(of(model="prm_1b"))) == (1, 1)


def test_the_workstation_study_fits_one_gpu_of_24_gib() -> None:
    one = sizes("workstation", gpu_gib=24, gpus_per_node=8)
    files = one.pool._files
    study = files.study
    scored = {p.verifier for p in study.pools.values() if isinstance(p, SearchedPool)}
    jobs = [(one.pool, of(pool=name)) for name in study.pools]
    jobs += [(one.labels, of(labels=name)) for name in study.labels]
    jobs += [(one.scores, of(model=name)) for name in scored]
    assert len(jobs) > 10
    for job, wildcards in jobs:
        size = sum(map(job._bytes, job._models(wildcards)))
        assert size > 0.9e9, "every model has a known size"
        assert (job.gpus(wildcards), job._holding(size)) == (1, 1)
    for name in [*files.tuned(), *files.trained_verifiers()]:
        model = study.models[name]
        assert isinstance(model, TunedModel | VerifierModel)
        base = study.models[model.base]
        assert isinstance(base, HubModel)
        facts = files.facts[base.facts or model.base]
        # Weights, gradients, two moments in float32; the weights in bfloat16; of a language model
        # the logits of an example, their gradient and their softmax, in float32.
        held = 18 * (facts.parameters or 0)
        if isinstance(model, TunedModel):
            held += 3 * 4 * VOCABULARY * model.training.max_length
        assert 5e9 < held < USABLE * 24 * 2**30, name
        assert one.training.gpus(of(model=name)) == 1


def pool_of(one: JobSizes, model: str) -> str:
    """A sampled pool of a model, in the study behind `one`."""
    pools = one.pool._files.study.pools
    return next(name for name, pool in pools.items() if getattr(pool, "model", None) == model)


def test_a_site_says_only_what_differs(tmp_path: Path) -> None:
    own = tmp_path / "site.yaml"
    own.write_text("account: physics\ngpu_model: a100\n")
    site = load_site(own=own)
    assert (site.account, site.gpu_model) == ("physics", "a100")
    assert site.jobs == load_site(own=tmp_path / "none.yaml").jobs
    own.write_text("acount: physics\n")
    with pytest.raises(ConfigError, match=r"site.yaml: 1 problem\(s\)\n  - acount: unknown key"):
        load_site(DEFAULTS, own)
    own.write_text("account: 'physics; rm -r /'\n")
    with pytest.raises(ConfigError, match="account"):
        load_site(DEFAULTS, own)
