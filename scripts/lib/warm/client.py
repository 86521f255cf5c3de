"""`python` as jobs of a warm study run it: hands its command line to the server, or does it itself.

It is started as a file and without site-packages, and so within a few milliseconds. Whatever goes
wrong before the server has taken the command, the command is run as if there were none.
"""

import json
import os
import signal
import socket
import sys

ADDRESS = ".snakemake/warm.socket"
"""Relative to the folder of the workflow: the path of a socket may not be long."""
STANDARD = (0, 1, 2)
LONGEST = 10
"""Digits of the length of a message."""


def main() -> None:
    """Run what stands on the command line, and end as it ended."""
    command = sys.argv[1:]
    connection = socket.socket(socket.AF_UNIX)
    try:
        if command[:1] != ["-m"]:
            raise OSError("not a program of a package")
        connection.connect(ADDRESS)
        message = json.dumps({"command": command, "env": dict(os.environ)}).encode()
        socket.send_fds(connection, [f"{len(message):{LONGEST}}".encode()], STANDARD)
        connection.sendall(message)
    except OSError:
        os.execv(sys.executable, [sys.executable, *command])
    told = connection.makefile().readline()
    if not told:
        sys.exit("the process that programs are started from is gone; type the command again")
    status = int(told)
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
