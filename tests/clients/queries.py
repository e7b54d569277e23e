"""The queries that every client runs, each several times so that cached plans are used."""

from dataclasses import dataclass

from columns import COLUMNS, ODD_COLUMNS

ROUNDS = 3


@dataclass
class Query:
    """One statement. `$1` is an int4 parameter where `parameter` is given.

    `betrays`: directly, a canary is seen. `whole`: an expression, a view or a whole row, where every
    column may be masked and a refusal is as good as a masked value. `odd`: types without a codec; masked cells may become null.
    """

    name: str
    sql: str
    parameter: int | None = None
    betrays: bool = True
    whole: bool = False
    odd: bool = False


def queries():
    """All of them."""
    names = ", ".join(column.name for column in COLUMNS)
    found = [
        Query("star", "select * from vault order by id"),
        Query("by-parameter", "select * from vault where id = $1", parameter=2),
        Query("join", "select a.*, b.c_text as other from vault a join vault b on a.id = b.id where a.id >= $1 order by a.id", parameter=1),
        Query("subquery", f"select id, {names} from (select * from vault) as inside order by id"),
        Query("cte", "with w as (select id, c_text as t, c_int4 as i from vault) select * from w order by id"),
        Query("view", "select * from vault_view order by id", whole=True),
        Query("cast", "select id, c_text::varchar, c_numeric::text, c_date::text from vault order by id", whole=True),
        Query("functions", "select id, upper(c_text), coalesce(c_varchar, '-'), c_int4 + 1, c_date + 1, c_ints || 7 from vault where id < 3 order by id", betrays=True, whole=True),
        Query("union", "select id, c_text, c_date from vault union all select id, c_varchar, c_shifted from vault order by 1, 2", whole=True),
        Query("aggregate", "select 1, array_agg(c_text), string_agg(c_varchar, '|'), max(c_date), json_agg(c_int4) from vault", whole=True),
        Query("row", "select id, v from vault v where id < 3 order by id", whole=True),
        Query("row-json", "select id, row_to_json(v), to_jsonb(v) from vault v where id < 3 order by id", whole=True),
        Query("case", "select id, case when id > 0 then c_text end, nullif(c_int8, 0) from vault order by id", whole=True),
        Query("free-text", "select id, note from vault order by id"),
        Query("unprotected", "select id, length(repeat('x', id)) from vault order by id", betrays=False, whole=True),
        Query("constants", "select 1, 'kes' || 'tral', now()::date is not null, array[1, 2], null::text", betrays=False),
        Query("cast-error", "select 1, c_text::int4 from vault order by id", whole=True),
    ]
    found += [Query(f"alone-{column.name}", f"select id, {column.name} as renamed from vault where id > $1 order by id", parameter=0, betrays=bool(column.forms)) for column in COLUMNS]
    found += [Query(f"odd-{column.name}", f"select id, {column.name} from oddities order by id", odd=True) for column in ODD_COLUMNS]
    return found
