"""Start a program with `accelerate launch`, on every node of the SLURM job where there are several.

What follows the options is handed to `accelerate launch` as it is. Outside SLURM, a configuration
of several machines is started on each of them by hand: see `accelerate launch --help`.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.load import read_yaml
from scripts.lib.errors import UserError


class NodesError(UserError):
    """SLURM gave other nodes than the configuration asks for."""


def main() -> None:
    """Become `accelerate launch`, or the `srun` that starts it on each node."""
    parser = cli.parser(__doc__)
    parser.add_argument("--config-file", type=cli.existing, required=True)
    parser.add_argument(
        "--main-host", help="set by this program itself: it already runs on one of several nodes"
    )
    parser.allow_abbrev = False  # what is not written out is the program's
    args, rest = parser.parse_known_args()
    command = command_for(args.config_file, args.main_host, rest, os.environ)
    os.execvp(command[0], command)


def command_for(
    config: Path, main_host: str | None, rest: list[str], env: Mapping[str, str]
) -> list[str]:
    """The command that starts a training, or its part on one node.

    Args:
        config: what `accelerate launch` reads.
        main_host: on one of several nodes, the name of the first.
        rest: the program and its arguments.
        env: what SLURM says of the job.

    Raises:
        NodesError: SLURM gave another number of nodes than `config` says.
    """
    machines = int(read_yaml(config)["num_machines"])
    accelerate = ["accelerate", "launch", "--config_file", str(config)]
    if machines == 1 or "SLURM_JOB_ID" not in env:
        return [*accelerate, *rest]
    # One port for all of a job's nodes, and another for the next job on the same nodes.
    port = 20_000 + int(env["SLURM_JOB_ID"]) % 20_000
    if main_host is not None:
        meeting = ["--main_process_ip", main_host, "--main_process_port", str(port)]
        return [*accelerate, "--machine_rank", env["SLURM_NODEID"], *meeting, *rest]
    given = int(env["SLURM_JOB_NUM_NODES"])
    if given != machines:
        raise NodesError(
            f"{config}: num_machines is {machines}, and SLURM gave {given} node(s); "
            f"run the rule with the resource nodes={machines}"
        )
    spread = ["--nodes", str(machines), "--ntasks", str(machines), "--ntasks-per-node", "1"]
    # The job's own step holds the resources of the first node: --overlap shares them with it.
    srun = ["srun", "--overlap", "--kill-on-bad-exit=1", *spread]
    again = ["python", "-m", "scripts.train.launch", "--config-file", str(config)]
    return [*srun, *again, "--main-host", _first_host(env), *rest]


def _first_host(env: Mapping[str, str]) -> str:
    command = ["scontrol", "show", "hostnames", env["SLURM_JOB_NODELIST"]]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return told.stdout.split()[0]


if __name__ == "__main__":
    cli.run(main)
