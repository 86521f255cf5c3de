"""The people of the tests, and what they share by: an SSH server, and a server that is asked."""

from collections.abc import Iterator

import pytest

from tests.servers import OpenAIServer
from tests.sharing.lab import STUDY, Clone, author, reason, remote_over_ssh
from tests.sharing.ssh import SSHServer


@pytest.fixture(scope="session")
def ssh(tmp_path_factory) -> Iterator[SSHServer]:
    with SSHServer(tmp_path_factory.mktemp("ssh")) as running:
        yield running


@pytest.fixture(scope="session")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture(scope="session")
def shared(tmp_path_factory, server, ssh) -> Clone:
    """The author's clone, its study recorded and shared."""
    folder = tmp_path_factory.mktemp("lab")
    for name in ("author", "store"):
        (folder / name).mkdir()
    made = author(folder / "author", server.base_url)
    reason(made.share("push_study", fails=True), "no DVC remote", "remote add", "ssh://")
    remote_over_ssh(made, ssh, folder / "store")
    reason(made.share("push_study", fails=True), "not recorded yet", f"make record STUDY={STUDY}")
    reason(made.share("record_study"), f"make share STUDY={STUDY}")
    made.git("add", ".dvc/config")
    made.git("commit", "--quiet", "-m", "Results")
    made.share("push_study")
    return made
