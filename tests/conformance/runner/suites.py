"""PostgreSQL's own suites and pgbench. Each takes a fresh cluster and an endpoint and returns a Result."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import source, system


@dataclass
class Result:
    """What one suite scored. `failed` names every test that did not pass and was not expected to fail."""

    passed: int
    total: int
    failed: list = field(default_factory=list)
    note: str = ""

    def good(self):
        return not self.failed and self.passed > 0


def libpq_environment(endpoint):
    """PG* variables of an endpoint and nothing inherited from the caller's own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return clean | {
        "PGHOST": endpoint.host, "PGPORT": str(endpoint.port), "PGUSER": "postgres",
        "PGSSLMODE": endpoint.sslmode, "PGGSSENCMODE": "disable",
    }


def regress(cluster, endpoint, work):
    """The regression tests by their parallel schedule."""
    return pg_regress(cluster, endpoint, work, "regress", [
        "./pg_regress", "--dlpath=.", "--dbname=regression", "--max-connections=10",
        "--schedule=parallel_schedule",
    ], expected=217)


def isolation(cluster, endpoint, work):
    """The isolation tests: several sessions whose waiting is observed by backend PID."""
    top, _ = source.built(cluster.bindir)
    accept_words_of_tls(top / "src/test/isolation/expected/temp-schema-cleanup.out")
    return pg_regress(cluster, endpoint, work, "isolation", [
        "./pg_isolation_regress", "--dbname=isolation_regression", "--schedule=isolation_schedule",
    ], expected=115)


def accept_words_of_tls(expected):
    """Where a server closes its connection, libpq says other words inside TLS, also without a gateway. pg_regress takes `_1` as another right output."""
    words = (
        "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n"
        "\tbefore or while processing the request.\n"
    )
    text = expected.read_text()
    other = text.replace(words, "SSL connection has been closed unexpectedly\n")
    if other == text:
        raise system.Unusable(f"{expected} does not say what libpq says when the server closes")
    expected.with_name(f"{expected.stem}_1.out").write_text(other)


OUTCOME = re.compile(r"^(?:test )?\s*(\S+)\s+\.\.\. (ok|FAILED|failed)", re.M)
OUTCOME_TAP = re.compile(r"^(ok|not ok)\s+\d+\s+[-+] (\S+)", re.M)


def pg_regress(cluster, endpoint, work, part, command, expected):
    """Runs pg_regress or its isolation sibling as the server's user and reads its lines."""
    top, note = source.built(cluster.bindir)
    command += [f"--host={endpoint.host}", f"--port={endpoint.port}", f"--bindir={cluster.bindir}", "--inputdir=.", f"--outputdir={work}"]
    environment = libpq_environment(endpoint)
    done = subprocess.run(
        system.as_server_user(["env", f"PGSSLMODE={endpoint.sslmode}", "PGGSSENCMODE=disable", *command]),
        cwd=top / "src/test" / part, env=environment, capture_output=True, text=True, errors="replace", timeout=900,
    )
    (work / "output.txt").write_text(done.stdout + done.stderr)
    outcomes = {name: state == "ok" for name, state in OUTCOME.findall(done.stdout)}
    outcomes |= {name: state == "ok" for state, name in OUTCOME_TAP.findall(done.stdout)}
    failed = [name for name, ok in outcomes.items() if not ok]
    if not outcomes or (done.returncode and not failed):
        failed.append(f"{part} did not finish: {(done.stderr or done.stdout).strip()[-300:]}")
    if cluster_major(cluster) == 15 and len(outcomes) != expected and not failed:
        failed.append(f"{len(outcomes)} tests ran where {expected} exist")
    return Result(sum(outcomes.values()), len(outcomes), failed, note or "")


def cluster_major(cluster):
    return int(system.postgres_version(cluster.bindir).split(".")[0])


def libpq_pipeline(cluster, endpoint, work):
    """Pipelining by libpq: 11 tests, and for 9 of them the message trace compared byte for byte."""
    top, note = source.built(cluster.bindir)
    folder = top / "src/test/modules/libpq_pipeline"
    library = {"LD_LIBRARY_PATH": str(top / "src/interfaces/libpq")}
    environment = libpq_environment(endpoint) | library
    tests = subprocess.run(["./libpq_pipeline", "tests"], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.split()
    passed, total, failed = 0, 0, []
    for number, test in enumerate(tests):
        cluster.psql(f"create database pipeline_{number}")
        dsn = f"host={endpoint.host} port={endpoint.port} user=postgres dbname=pipeline_{number} sslmode={endpoint.sslmode}"
        expected = folder / "traces" / f"{test}.trace"
        trace = work / f"{test}.trace"
        command = ["./libpq_pipeline", "-r", "700"] + (["-t", str(trace)] if expected.exists() else []) + [test, dsn]
        done = run_bounded(command, folder, environment, 60)
        checks = {test: done.returncode == 0}
        if expected.exists():
            checks[f"trace of {test}"] = trace.exists() and trace.read_bytes() == expected.read_bytes()
        total += len(checks)
        passed += sum(checks.values())
        wrong = [name for name, ok in checks.items() if not ok]
        if wrong:
            failed += wrong
            (work / f"{test}.txt").write_text(done.stdout + done.stderr)
    return Result(passed, total, failed, note or "")


def run_bounded(command, folder, environment, seconds):
    """subprocess.run, where running out of time is a failure like any other."""
    try:
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", timeout=seconds)
    except subprocess.TimeoutExpired as late:
        text = [part.decode(errors="replace") if part else "" for part in (late.stdout, late.stderr)]
        return subprocess.CompletedProcess(command, 124, text[0], text[1] + f"\nno end within {seconds} s")


PGBENCH_MODES = {
    "simple": ["-M", "simple", "-S"],
    "extended": ["-M", "extended", "-S"],
    "prepared": ["-M", "prepared", "-S"],
    "tpcb": ["-M", "prepared"],
    "connect": ["-M", "simple", "-S", "-C"],
    "pipeline": ["-M", "extended"],
}

PIPELINE_SCRIPT = """\
\\set aid random(1, 100000)
\\startpipeline
select abalance from pgbench_accounts where aid = :aid;
select bbalance from pgbench_branches where bid = 1;
update pgbench_accounts set abalance = abalance + 1 where aid = :aid;
\\endpipeline
"""


def pgbench(cluster, endpoint, work):
    """Every protocol mode of pgbench for two seconds each; no transaction may fail."""
    environment = libpq_environment(endpoint)
    tool = cluster.bindir / "pgbench"
    script = work / "pipeline.sql"
    script.write_text(PIPELINE_SCRIPT)
    start = run_bounded([tool, "-i", "-q", "-s", "1", "postgres"], work, environment, 120)
    if start.returncode:
        return Result(0, len(PGBENCH_MODES), [f"initialisation: {start.stderr.strip()[-300:]}"])
    passed, failed, rates = 0, [], []
    for mode, options in PGBENCH_MODES.items():
        more = ["-f", str(script)] if mode == "pipeline" else []
        done = run_bounded([tool, "-n", "-c", "8", "-j", "2", "-T", "2", *options, *more, "postgres"], work, environment, 60)
        rate = re.search(r"^tps = (\d+)", done.stdout, re.M)
        clean = "number of failed transactions: 0" in done.stdout and "aborted" not in done.stderr
        if done.returncode == 0 and rate and clean:
            passed += 1
            rates.append(f"{mode} {rate[1]}")
        else:
            failed.append(f"{mode}: {done.stderr.strip()[-200:]}")
    return Result(passed, len(PGBENCH_MODES), failed, "tps: " + ", ".join(rates))


def keep_evidence(work, kept):
    """Copies what explains a failure (diffs, outputs) to where the user can read it."""
    kept.mkdir(parents=True, exist_ok=True)
    for path in Path(work).rglob("*"):
        if path.is_file() and path.suffix in (".diffs", ".txt", ".out", ".trace", ".log", ".json"):
            target = kept / path.relative_to(work)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
