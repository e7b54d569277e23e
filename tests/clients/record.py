"""What a client prints: a JSON line for each result, with the native type and text of every cell."""

import json
import sys


def kind(value):
    """The client's own type of a value; for a list, of its first element too."""
    if isinstance(value, list):
        inner = next((item for item in value if item is not None), None)
        return f"list[{kind(inner)}]" if inner is not None else "list"
    return type(value).__name__


def cell(value):
    """None for null, else type and text."""
    if value is None:
        return None
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = bytes(value)
        return [kind(value), f"{value!r} {value.hex()}"]
    return [kind(value), f"{value!r} {value}"]


def result(query, mode, turn, rows):
    print(json.dumps({"query": query, "mode": mode, "turn": turn, "rows": [[cell(value) for value in row] for row in rows]}), flush=True)


def error(query, mode, turn, state, text):
    """A statement that the server refused: SQLSTATE and everything the client can see of it."""
    print(json.dumps({"query": query, "mode": mode, "turn": turn, "state": state, "error": text}), flush=True)


def dsn():
    """The one argument of a client: a libpq connection string or URL."""
    if len(sys.argv) != 2:
        sys.exit("usage: CLIENT DSN")
    return sys.argv[1]
