"""psql: simple queries, PREPARE and EXECUTE, cursors, COPY; each masked value must cast to its type."""

import csv
import io
import re
import subprocess

import record
from columns import COLUMNS
from queries import ROUNDS, queries

NULL = "<null>"
COPY_OPTIONS = [
    "", "(format csv)", "(format csv, header, delimiter ';', quote '''', force_quote *, null 'NIL')",
    "(format csv, escape '\\', delimiter E'\\t')", "(delimiter '|', null '')", "(format binary)",
]


def psql(script):
    """Runs a script and returns status, rows of each statement's CSV output, and error text."""
    command = ["psql", "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-P", f"null={NULL}", "-d", record.dsn()]
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    rows = [[None if cell == NULL else cell for cell in row] for row in csv.reader(io.StringIO(done.stdout))]
    return done.returncode, rows, done.stderr


def report(name, mode, script):
    status, rows, errors = psql(script)
    if status == 0:
        record.result(name, mode, 0, rows)
    else:
        state = re.search(r"ERROR:\s+(\w{5}):", errors)
        record.error(name, mode, 0, state[1] if state else None, errors)


def simple(query):
    return query.sql.replace("$1", str(query.parameter)) + ";\n"


def prepared(query):
    types = "(int4)" if query.parameter is not None else ""
    argument = f"({query.parameter})" if query.parameter is not None else ""
    return f"prepare p{types} as {query.sql};\n" + f"execute p{argument};\n" * ROUNDS


def castable():
    """What comes back for each column must be read by the server as a value of its type."""
    for column in COLUMNS:
        _, rows, errors = psql(f"select {column.name} from vault where id < 3 order by id;")
        casts = [f"select {quoted(row[0])}::{column.type} is not null;\n" for row in rows]
        status, answers, wrong = psql("".join(casts))
        if errors or status or len(rows) != 2 or any(answer != ["t"] for answer in answers):
            record.error(f"castable-{column.name}", "text", 0, "none", f"not a {column.type}: {wrong or errors}")
        else:
            record.result(f"castable-{column.name}", "text", 0, [["cast", "cast"]])


def quoted(text):
    return "null" if text is None else "$q$" + text + "$q$"


def main():
    for query in queries():
        report(query.name, "simple", simple(query))
        report(query.name, "prepared", prepared(query))
    report("cursor", "text", "begin; declare c cursor for select * from vault order by id;\n" + "fetch 1 from c;\n" * 3 + "commit;\n")
    for options in COPY_OPTIONS:
        copied(options)
    report("returning", "text", "begin; update vault set id = id returning *; rollback;\n")
    report("two statements", "text", "select 1 \\; select * from vault order by id;\n")
    castable()


def copied(options):
    """COPY out, whole; as text also the number of its lines."""
    command = ["psql", "-X", "-q", "-v", "VERBOSITY=verbose", "-d", record.dsn(), "-c", f"copy vault to stdout {options}"]
    done = subprocess.run(command, capture_output=True)
    binary = "binary" in options
    if done.returncode or binary != done.stdout.startswith(b"PGCOPY\n\xff\r\n\0"):
        record.error("copy", options, 0, "none", done.stderr.decode())
    else:
        record.result("copy", options, 0, [[0 if binary else done.stdout.count(b"\n"), done.stdout]])


main()
