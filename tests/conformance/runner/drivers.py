"""Drivers' own test suites, out of their source distributions, in virtual environments.

What they score directly, they must score through Wiremask. Failures that say nothing about a
proxy are named here.
"""

import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from . import suites, venv


@dataclass
class Driver:
    """A driver's suite: where its tests lie, how pytest is called, what it scores directly."""

    requirement: str
    packages: list
    tests: str
    options: list
    passes: int
    extensions: list = field(default_factory=list)
    known_failures: frozenset = frozenset()


DRIVERS = {
    "asyncpg": Driver(
        requirement="asyncpg==0.31.0",
        packages=["pytest==8.4.2", "uvloop==0.21.0", "distro==1.9.0"],
        tests="tests",
        options=[
            "--ignore=tests/test__sourcecode.py", "--ignore=tests/test__environment.py",
            # Reads authentication settings of the server's own files.
            "--deselect=tests/test_connect.py::TestConnectionAttributes",
        ],
        passes=263,
        # Asserts back-pressure within 128 x 32 KiB, which any forwarder's buffers undo.
        known_failures=frozenset({"test_executemany_server_failure_during_writes"}),
    ),
    "pg8000": Driver(
        requirement="pg8000==1.31.4",
        packages=["pytest==8.4.2", "pytest-benchmark==5.1.0", "pytest-mock==3.15.1", "pytz==2025.2", "scramp==1.4.5"],
        tests="test",
        options=[
            "--benchmark-disable", "--ignore=test/native/auth", "--ignore=test/dbapi/auth",
            "--ignore=test/legacy/auth", "--ignore=test/test_readme.py",
        ],
        passes=784,
        extensions=["hstore"],
    ),
}


def install(names):
    """Fetches the drivers among the named suites."""
    for name in names:
        if name in DRIVERS:
            installed(DRIVERS[name])


def installed(driver):
    interpreter = venv.python([driver.requirement, *driver.packages])
    return interpreter, venv.source(interpreter, driver.requirement)


def prepare(suite, cluster):
    """What a suite needs in its cluster before it connects."""
    if suite in DRIVERS:
        for extension in DRIVERS[suite].extensions:
            cluster.psql(f"create extension {extension}")


def runner(driver):
    """The suite as a function like those of `suites`."""

    def run(cluster, endpoint, work):
        interpreter, top = installed(driver)
        # Away from the source tree, so that the installed package is imported.
        shutil.copytree(top / driver.tests, work / driver.tests)
        report = work / "report.xml"
        environment = suites.libpq_environment(endpoint) | {"PGDATABASE": "postgres"}
        done = suites.run_bounded(
            [interpreter, "-m", "pytest", driver.tests, "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1",
             f"--junitxml={report}", *driver.options],
            work, environment, 900,
        )
        (work / "output.txt").write_text(done.stdout + done.stderr)
        if not report.exists():
            return suites.Result(0, 0, [f"pytest did not finish: {done.stderr.strip()[-300:]}"])
        return score(driver, report)

    return run


def score(driver, report):
    """Counts the cases of pytest's report."""
    passed, skipped, failed, known = 0, 0, [], 0
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        name = case.get("name")
        if kinds & {"failure", "error"}:
            if name in driver.known_failures:
                known += 1
            else:
                failed.append(f"{case.get('classname')}::{name}")
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1
    if not failed and passed < driver.passes:
        failed.append(f"{passed} tests passed where {driver.passes} pass directly")
    note = ", ".join(part for part in (f"{skipped} skipped" if skipped else "", f"{known} known failure" if known else "") if part)
    return suites.Result(passed, passed + len(failed) + known, failed, note)


SUITES = {name: runner(driver) for name, driver in DRIVERS.items()}
