"""How a suite reaches the server: directly, through a byte forwarder, or through Wiremask.

    suite ─▶ [chunker] ─▶ wiremask ─▶ [chunker] ─▶ server

The chunkers stand there with `--chunk`: whatever enters Wiremask, from either side, then arrives
in pieces of one byte or of prime sizes.
"""

import contextlib
import os
import subprocess
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import system
from .cluster import certificate

ROUTES = ["direct", "direct-tls", "socat", "wiremask", "wiremask-nomatch", "wiremask-tls"]
REPOSITORY = Path(__file__).resolve().parents[3]

# No value in any suite has this shape; the full parse and scan path runs for every field.
NOMATCH_PACK = """\
[pack]
name = "nomatch"
version = "1.0.0"

[[detector]]
name = "nothing"
entity = "NOTHING"
class = "distinctive"
match = ['wiremask-conformance-[0-9]{40}-[a-z]{40}']
mask = { operator = "redact" }

[detector.examples]
mask = ["wiremask-conformance-0123456789012345678901234567890123456789-abcdefghijabcdefghijabcdefghijabcdefghij"]
pass = ["wiremask-conformance"]
"""


@dataclass
class Endpoint:
    """Where a client connects. `sslmode` is libpq's."""

    port: int
    sslmode: str = "disable"
    host: str = "127.0.0.1"


def wants_tls(route):
    return route.endswith("-tls")


@contextlib.contextmanager
def open_route(route, cluster, chunk=None):
    """Yields the endpoint that leads to `cluster`; checks on the way out that nothing died or panicked."""
    with contextlib.ExitStack() as stack:
        port = cluster.port
        if route == "socat":
            port = stack.enter_context(socat(port))
        elif route.startswith("wiremask"):
            if chunk:
                port = stack.enter_context(chunker(port, chunk))
            port = stack.enter_context(wiremask(route, port))
        if chunk:
            port = stack.enter_context(chunker(port, chunk))
        yield Endpoint(port, "require" if wants_tls(route) else "disable")


@contextlib.contextmanager
def socat(upstream):
    """A byte forwarder that knows nothing: what it scores, any transparent proxy can score."""
    port = system.free_port()
    process = subprocess.Popen(
        ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=128", f"TCP:127.0.0.1:{upstream},nodelay"],
        stderr=subprocess.DEVNULL,
    )
    try:
        system.wait_for_port(port, process, "socat")
        yield port
    finally:
        system.stop(process)


@contextlib.contextmanager
def chunker(upstream, mode):
    """Our own forwarder (`wiremask-forward` of the tests crate), which writes in small pieces."""
    port = system.free_port()
    process = subprocess.Popen(
        [binary("wiremask-forward", "WIREMASK_FORWARD_BIN"), "--listen", f"127.0.0.1:{port}", "--to", f"127.0.0.1:{upstream}", "--chunk", mode],
        stdin=subprocess.DEVNULL,
    )
    try:
        system.wait_for_port(port, process, "wiremask-forward")
        yield port
    finally:
        system.stop(process)


@contextlib.contextmanager
def wiremask(route, upstream, rules=None):
    """The real binary with a configuration that passes every user through; `rules` replaces what the route's name implies."""
    with tempfile.TemporaryDirectory(prefix="wiremask-gw-") as folder:
        folder = Path(folder)
        port, admin = system.free_port(), system.free_port()
        (folder / "wiremask.toml").write_text(configuration(route, folder, port, admin, upstream, rules))
        with open(folder / "stderr", "wb") as stderr:
            process = subprocess.Popen(
                [binary("wiremask", "WIREMASK_BIN"), "serve", "-c", folder / "wiremask.toml"],
                stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, cwd=folder,
            )
        log = folder / "stderr"
        try:
            wait_until_ready(admin, process, log)
            yield port
            if process.poll() is not None:
                raise system.Unusable(f"wiremask died with status {process.returncode}\n{tail(log)}")
        finally:
            system.stop(process)
            if keep := os.environ.get("WIREMASK_KEEP_LOG"):
                Path(keep).write_bytes(log.read_bytes())
        if "panicked at" in log.read_text(errors="replace"):
            raise system.Unusable(f"wiremask panicked\n{tail(log)}")


def configuration(route, folder, port, admin, upstream, rules):
    """wiremask.toml for one run."""
    tls = wants_tls(route)
    lines = [f'[listen]\naddress = "127.0.0.1:{port}"']
    if tls:
        certificate(folder / "gateway.crt", folder / "gateway.key")
        lines.append(f'[listen.tls]\ncertificate = "{folder}/gateway.crt"\nkey = "{folder}/gateway.key"\nrequired = true')
    lines.append(f'[admin]\naddress = "127.0.0.1:{admin}"')
    lines.append(f'[[upstream]]\nname = "main"\naddress = "127.0.0.1:{upstream}"\ntls = "{"require" if tls else "disable"}"\nuser = "postgres"')
    lines.append('[[user]]\nname = "*"\nauthentication = "trust"\nupstream_user = "same"')
    if route == "wiremask-nomatch":
        (folder / "nomatch.toml").write_text(NOMATCH_PACK)
        rules = f'packs = ["{folder}/nomatch.toml"]'
    lines.append(f"[rules]\n{rules or 'packs = []'}")
    lines.append(f'[events]\npath = "{folder}/events.jsonl"')
    return "\n\n".join(lines) + "\n"


def wait_until_ready(admin, process, log):
    """Polls the health endpoint; the process must live."""
    import time

    for _ in range(600):
        if process.poll() is not None:
            raise system.Unusable(f"wiremask ended with status {process.returncode} at start-up\n{tail(log)}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}/health/ready", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise system.Unusable(f"wiremask was not ready within 30 s\n{tail(log)}")


def tail(log, lines=15):
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def binary(name, variable):
    """A binary of this workspace: from the environment, else the newest in the target folder."""
    if chosen := os.environ.get(variable):
        return Path(chosen)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target")
    built = [path for path in target.glob(f"*/{name}") if path.is_file()]
    if not built:
        raise system.Unusable(f"{name} is not built; run cargo build or set {variable}")
    return max(built, key=lambda path: path.stat().st_mtime)
