"""What this machine offers: who we are, where PostgreSQL lives, where scratch files and caches go.

PostgreSQL refuses to run as root, so as root every server-side process (initdb, postgres and the
suites that load server libraries) runs as the operating-system user `postgres`.
"""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

IS_ROOT = os.geteuid() == 0


class Unusable(Exception):
    """Something this machine lacks; the text says what and the remedy."""


def as_server_user(command):
    """The command, prefixed so that it runs as `postgres` when we are root."""
    command = [str(part) for part in command]
    return ["runuser", "-u", "postgres", "--", *command] if IS_ROOT else command


def give_to_server_user(path):
    """Hands a folder and what is in it to the user that runs PostgreSQL."""
    if IS_ROOT:
        subprocess.run(["chown", "-R", "postgres:", str(path)], check=True)


def cache_dir():
    """Outside git. Root's home is closed to `postgres`, hence /var/cache there."""
    chosen = os.environ.get("WIREMASK_CACHE")
    if chosen:
        base = Path(chosen)
    elif IS_ROOT:
        base = Path("/var/cache/wiremask")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        base = Path(home) / "wiremask"
    path = base / "conformance"
    path.mkdir(parents=True, exist_ok=True)
    return path


def postgres_bindir():
    """The newest installed server: /usr/lib/postgresql/*/bin, else next to `postgres` on PATH."""
    chosen = os.environ.get("WIREMASK_PGBIN")
    if chosen:
        return Path(chosen)
    installed = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if installed:
        return max(installed, key=lambda p: float(p.parent.name))
    found = shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    raise Unusable("no PostgreSQL server found; run ./setup.sh test")


def postgres_version(bindir):
    """As the server prints it, for example `15.18`."""
    text = subprocess.run([bindir / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    return re.search(r"(\d+(?:\.\d+)*)", text.split(")", 1)[-1])[1]


def free_port():
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, what, seconds=30):
    """Returns once the port accepts; fails when the process ends or time is up."""
    import time

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise Unusable(f"{what} ended with status {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Unusable(f"{what} did not listen on port {port} within {seconds} s")


def stop(process, seconds=15):
    """Ends a process that we started: SIGTERM, then SIGKILL."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
