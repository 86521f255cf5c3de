"""An SSH server of this machine's own, with a key of its own, on a free port."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

SSHD = "/usr/sbin/sshd"
CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
Subsystem sftp internal-sftp
"""


class SSHServer:
    """`with SSHServer(folder) as server:` serves until the block ends; `user` may log in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "user"
        for name in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name]
            subprocess.run(command, check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        (folder / "config").write_text(CONFIG.format(port=self.port, folder=folder))

    def __enter__(self) -> "SSHServer":
        Path("/run/sshd").mkdir(exist_ok=True)  # Debian's sshd wants it; it is made at boot
        command = [SSHD, "-D", "-e", "-f", self.folder / "config"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def __exit__(self, *raised: object) -> None:
        self.vanish()

    def vanish(self) -> None:
        """End the server and all of its connections at once."""
        if self.process.poll() is None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            for child in _with_children(children.read_text().split()):
                os.kill(child, signal.SIGKILL)
            self.process.kill()
            self.process.wait()


def _with_children(processes: list[str]) -> list[int]:
    found = []
    for process in processes:
        found.append(int(process))
        children = Path(f"/proc/{process}/task/{process}/children")
        if children.exists():
            found += _with_children(children.read_text().split())
    return found
