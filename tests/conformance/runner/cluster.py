"""A private PostgreSQL cluster for one suite: started in about a second, removed afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from . import system

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "120",
    "max_prepared_transactions": "10",
    "log_min_messages": "fatal",
    "logging_collector": "off",
}


class Cluster:
    """`with Cluster() as cluster:` serves on 127.0.0.1:`port`, every user by trust."""

    def __init__(self, bindir=None, tls=False):
        self.bindir = Path(bindir or system.postgres_bindir())
        self.tls = tls
        self.port = system.free_port()

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="wiremask-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.folder.chmod(0o755)
        system.give_to_server_user(self.folder)
        try:
            self._initdb()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _initdb(self):
        subprocess.run(
            system.as_server_user([
                self.bindir / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust",
                "--no-locale", "-E", "UTF8", "--no-sync",
            ]),
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder,
        )
        lines = [f"{key} = {value}" for key, value in SETTINGS.items()]
        lines += [f"port = {self.port}", f"unix_socket_directories = '{self.folder}'"]
        if self.tls:
            certificate(self.folder / "server.crt", self.folder / "server.key")
            system.give_to_server_user(self.folder / "server.crt")
            system.give_to_server_user(self.folder / "server.key")
            lines += ["ssl = on", f"ssl_cert_file = '{self.folder}/server.crt'", f"ssl_key_file = '{self.folder}/server.key'"]
        with open(self.data / "postgresql.auto.conf", "a") as conf:
            conf.write("\n".join(lines) + "\n")

    def _start(self):
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                system.as_server_user([self.bindir / "postgres", "-D", self.data]),
                stdout=log, stderr=log, cwd=self.folder,
            )
        try:
            system.wait_for_port(self.port, self.process, "PostgreSQL")
        except system.Unusable as error:
            raise system.Unusable(f"{error}\n{self.log()}") from None
        self.psql("select 1")

    def log(self):
        """What the server printed."""
        return (self.folder / "log").read_text(errors="replace")

    def psql(self, sql, database="postgres"):
        """Runs SQL directly, waiting while the server still starts up."""
        import time

        command = [self.bindir / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-c", sql]
        for _ in range(100):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode == 0:
                return done.stdout
            if "starting up" not in done.stderr:
                break
            time.sleep(0.05)
        raise system.Unusable(f"psql failed: {done.stderr.strip()}")

    def __exit__(self, *_):
        pid_file = self.data / "postmaster.pid"
        if hasattr(self, "process") and self.process.poll() is None:
            try:
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
                self.process.wait(30)
            except (OSError, ValueError, subprocess.TimeoutExpired):
                system.stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def certificate(cert, key):
    """A self-signed certificate for localhost and 127.0.0.1, good for two days."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )
    os.chmod(key, 0o600)
