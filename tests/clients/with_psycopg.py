"""psycopg 3: text and binary results, prepared statements, server-side cursors, COPY and pipelines."""

import psycopg
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.hstore import register_hstore

import record
from columns import COLUMNS
from queries import ROUNDS, queries


def main():
    with psycopg.connect(record.dsn(), autocommit=True) as connection:
        register_hstore(TypeInfo.fetch(connection, "hstore"), connection)
        register_composite(CompositeInfo.fetch(connection, "person"), connection)
        register_enum(EnumInfo.fetch(connection, "bird"), connection)
        for binary in (False, True):
            for query in queries():
                for turn in range(ROUNDS):
                    run(connection, query, binary, turn)
        cursors(connection)
        copies(connection)
        pipeline(connection)


def run(connection, query, binary, turn):
    mode = "binary" if binary else "text"
    try:
        with connection.cursor(binary=binary) as cursor:
            arguments = None if query.parameter is None else [query.parameter]
            cursor.execute(query.sql.replace("$1", "%s"), arguments, prepare=True)
            record.result(query.name, mode, turn, cursor.fetchall())
    except psycopg.Error as error:
        connection_error(query.name, mode, turn, error)


def connection_error(name, mode, turn, error):
    fields = [str(error)] + [str(getattr(error.diag, field)) for field in dir(error.diag) if not field.startswith("_")]
    record.error(name, mode, turn, error.sqlstate, " ".join(fields))


def cursors(connection):
    for binary in (False, True):
        with connection.transaction(), connection.cursor("held", binary=binary, scrollable=True) as cursor:
            cursor.itersize = 1
            cursor.execute("select * from vault order by id")
            record.result("cursor", "binary" if binary else "text", 0, list(cursor))


def copies(connection):
    simple = [column for column in COLUMNS if column.type in ("text", "int4", "int8", "float8", "bool", "uuid", "bytea")]
    types = ["int4", *(column.type for column in simple)]
    listed = ", ".join(column.name for column in simple)
    for options in ("", "(format binary)"):
        with connection.cursor() as cursor, cursor.copy(f"copy vault (id, {listed}) to stdout {options}") as copy:
            copy.set_types(types)
            record.result("copy", options or "text", 0, copy.rows())
    for name, sql in (("copy-csv", "copy vault to stdout (format csv, header, force_quote *)"), ("copy-query", "copy (select * from vault order by id) to stdout")):
        with connection.cursor() as cursor, cursor.copy(sql) as copy:
            record.result(name, "text", 0, [[b"".join(copy).decode()]])


def pipeline(connection):
    with connection.pipeline():
        cursors = [connection.execute("select * from vault where id = %s", [number], prepare=True) for number in (1, 2, 3, 1)]
        rows = [cursor.fetchall() for cursor in cursors]
    record.result("pipeline", "text", 0, [row for part in rows for row in part])


main()
