"""How a fine-tuning is started on several GPUs, as far as a machine without any can tell."""

import os
from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_multi_gpu_env

from scripts.lib.finetuning.layout import accumulation
from scripts.lib.finetuning.trainer import LaunchError, processes, training_arguments
from tests.tuned_model import tuned_spec

FOLDER = Path("config/accelerate")
MACHINES, GPUS = 2, 16


@pytest.mark.parametrize("name", ["fsdp_16xh100", "deepspeed_zero3"])
def test_launch_files_are_read_by_accelerate(name: str) -> None:
    config = load_config_from_file(str(FOLDER / f"{name}.yaml"))
    assert (config.num_machines, config.num_processes) == (MACHINES, GPUS)
    assert config.mixed_precision == "bf16"
    # s1's batch of 16 is one example a GPU.
    assert accumulation(tuned_spec(batch_size=16, device_batch_size=1).training, GPUS) == 1


def test_fsdp_shards_whole_decoder_layers_and_saves_one_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith(("FSDP_", "ACCELERATE_"))]:
        monkeypatch.delenv(name)
    path = FOLDER / "fsdp_16xh100.yaml"
    address = ["--main_process_ip", "10.0.0.1", "--machine_rank", "1"]
    command = ["--config_file", str(path), *address, "-m", "scripts.train.train_sft"]
    arguments, *_ = _validate_launch_command(launch_command_parser().parse_args(command))
    told = prepare_multi_gpu_env(arguments)
    assert told["ACCELERATE_USE_FSDP"] == "true"
    assert told["FSDP_TRANSFORMER_CLS_TO_WRAP"] == "Qwen2DecoderLayer"
    assert told["FSDP_STATE_DICT_TYPE"] == "FULL_STATE_DICT"
    assert told["FSDP_RESHARD_AFTER_FORWARD"].lower() in {"true", "full_shard"}
    assert told["FSDP_ACTIVATION_CHECKPOINTING"] == "true"
    assert told["ACCELERATE_MIXED_PRECISION"] == "bf16"


def test_one_process_and_several_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 8)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(LaunchError, match="8 GPUs and one process"):
        processes()
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert processes() == 8


def test_published_settings_reach_the_trainer(tmp_path: Path) -> None:
    spec = tuned_spec(batch_size=16, device_batch_size=1, epochs=5, learning_rate=1e-5)
    told = training_arguments(spec.training, tmp_path)
    assert told.gradient_accumulation_steps == 16
    assert (told.adam_beta1, told.adam_beta2, told.weight_decay) == (0.9, 0.95, 1e-4)
    assert told.lr_scheduler_type == "cosine"
    assert told.get_warmup_steps(315) == 16
    assert (told.use_cpu, told.bf16, told.gradient_checkpointing) == (True, False, False)
