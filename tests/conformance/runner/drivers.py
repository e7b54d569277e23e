"""Drivers' own test suites (asyncpg, pg8000), in virtual environments under the cache folder."""

SUITES = {}


def install(names):
    """Fetches the drivers among `names`."""


def prepare(suite, cluster):
    """What a suite needs in its cluster before it connects."""
