"""asyncpg: everything in binary, from prepared statements; cursors, COPY and type introspection."""

import asyncio
import io

import asyncpg

import record
from queries import ROUNDS, queries


async def main():
    connection = await asyncpg.connect(record.dsn())
    await connection.set_builtin_type_codec("hstore", codec_name="pg_contrib.hstore")
    for query in queries():
        arguments = [] if query.parameter is None else [query.parameter]
        for turn in range(ROUNDS):
            try:
                rows = await connection.fetch(query.sql, *arguments)
                record.result(query.name, "binary", turn, [list(row.values()) for row in rows])
            except asyncpg.PostgresError as error:
                record.error(query.name, "binary", turn, error.sqlstate, f"{error!r} {error.as_dict()}")
            except asyncpg.InterfaceError as error:
                record.error(query.name, "binary", turn, "client", repr(error))
    async with connection.transaction():
        rows = [list(row.values()) async for row in connection.cursor("select * from vault order by id", prefetch=1)]
        record.result("cursor", "binary", 0, rows)
    for options in ({"format": "text"}, {"format": "csv", "header": True, "force_quote": True}, {"format": "binary"}):
        out = io.BytesIO()
        await connection.copy_from_table("vault", output=out, **options)
        lines = 0 if options["format"] == "binary" else out.getvalue().count(b"\n")
        record.result("copy", options["format"], 0, [[lines, out.getvalue()]])
    await connection.close()


asyncio.run(main())
