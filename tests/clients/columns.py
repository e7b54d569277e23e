"""The protected table: a column of every type, canary values in it, and the pack that masks it.

Each column holds two canaries and a null. The forms of a canary are what its value looks like once
a client has printed it; none of them may be seen behind the gateway, all of them are seen before it.
"""

from dataclasses import dataclass


@dataclass
class Column:
    """One protected column. `forms` are texts that betray a canary; a bool has none."""

    name: str
    type: str
    values: tuple
    forms: tuple
    mask: str = '{ operator = "redact" }'


def text_column(name, type, mask='{ operator = "redact" }'):
    first, second = f"kestrel-{name}-5519", f"osprey-{name}-7723"
    return Column(name, type, (f"'{first}'", f"'{second}'"), (first, second), mask)


DATE_FORMS = ("1983-07-19", "1983, 7, 19", "Jul 19 1983", "1991-03-28", "1991, 3, 28", "Mar 28 1991")

COLUMNS = [
    text_column("c_text", "text"),
    text_column("c_varchar", "varchar(40)", '{ operator = "keep-last", count = 2 }'),
    text_column("c_bpchar", "char(30)", '{ operator = "keep-first", count = 2 }'),
    text_column("c_name", "name", '{ operator = "hash" }'),
    text_column("c_citext", "citext", '{ operator = "fixed", value = "hidden" }'),
    text_column("c_domain", "secret_text", '{ operator = "pseudonym", kind = "full-name" }'),
    Column("c_email", "text", ("'kestrel.ada@example.org'", "'osprey.bo@example.net'"), ("kestrel.ada", "osprey.bo"), '{ operator = "email" }'),
    Column("c_json", "json", ("""'{"k": "kestrel-json-\\u0035519", "n": 915519, "l": ["osprey-json-7723", {"x": "kestrel-deep-5519"}]}'""", "'\"osprey-json-7723\"'"), ("kestrel-json-5519", "kestrel-json-\\u0035519", "osprey-json-7723", "kestrel-deep-5519", "915519")),
    Column("c_jsonb", "jsonb", ("""'{"k": "kestrel-jsonb-5519", "n": 925519, "b": [1925519.25]}'""", "'[\"osprey-jsonb-7723\"]'"), ("kestrel-jsonb-5519", "osprey-jsonb-7723", "925519")),
    Column("c_int2", "int2", ("31337", "-29773"), ("31337", "29773")),
    Column("c_int4", "int4", ("1913377411", "-1817744232"), ("1913377411", "1817744232"), '{ operator = "hash" }'),
    Column("c_int8", "int8", ("4111111111111111", "-771913377411882"), ("4111111111111111", "771913377411882"), '{ operator = "keep-last", count = 4 }'),
    Column("c_domain_int", "secret_int", ("771345", "881567"), ("771345", "881567")),
    Column("c_numeric", "numeric(14,4)", ("73519.5519", "-81723.7723"), ("73519.5519", "81723.7723"), '{ operator = "bucket", width = 1000 }'),
    Column("c_float4", "float4", ("5519.625", "-7723.375"), ("5519.625", "7723.375")),
    Column("c_float8", "float8", ("73519.55190625", "-1.7723e-120"), ("73519.55190625", "1.7723e-120")),
    Column("c_bool", "bool", ("true", "true"), ()),
    Column("c_date", "date", ("'1983-07-19'", "'1991-03-28'"), DATE_FORMS),
    Column("c_shifted", "date", ("'1983-07-19'", "'1991-03-28'"), DATE_FORMS, '{ operator = "date-shift", max_days = 200 }'),
    Column("c_time", "time", ("'07:19:23.5519'", "'18:28:37.7723'"), ("07:19:23", "7, 19, 23", "18:28:37", "18, 28, 37")),
    Column("c_timetz", "timetz", ("'07:19:23.5519+02'", "'18:28:37.7723-05'"), ("07:19:23", "7, 19, 23", "18:28:37", "18, 28, 37")),
    Column("c_timestamp", "timestamp", ("'1983-07-19 07:19:23.5519'", "'1991-03-28 18:28:37.7723'"), DATE_FORMS),
    Column("c_timestamptz", "timestamptz", ("'1983-07-19 04:05:06.125+00'", "'1991-03-28 10:11:12.25+00'"), DATE_FORMS, '{ operator = "date-shift", max_days = 200 }'),
    Column("c_interval", "interval", ("'13 years 7 mons 19 days 07:19:23'", "'18 days 18:28:37'"), ("07:19:23", "18:28:37", '"hours":7,"minutes":19,"seconds":23', '"hours":18,"minutes":28')),
    Column("c_uuid", "uuid", ("'5519aaaa-bbbb-4ccc-8ddd-eeee55195519'", "'7723aaaa-bbbb-4ccc-8ddd-eeee77237723'"), ("5519aaaa", "7723aaaa"), '{ operator = "pseudonym" }'),
    Column("c_inet", "inet", ("'198.51.100.219'", "'2001:db8:5519::7723/64'"), ("198.51.100.219", "2001:db8:5519")),
    Column("c_cidr", "cidr", ("'198.51.100.208/28'", "'2001:db8:5519:7723::/64'"), ("198.51.100.208", "2001:db8:5519")),
    Column("c_macaddr", "macaddr", ("'55:19:aa:bb:cc:dd'", "'77:23:aa:bb:cc:dd'"), ("55:19:aa", "77:23:aa")),
    Column("c_macaddr8", "macaddr8", ("'55:19:aa:bb:cc:dd:ee:ff'", "'77:23:aa:bb:cc:dd:ee:ff'"), ("55:19:aa", "77:23:aa")),
    Column("c_bytea", "bytea", ("'kestrel-bytea-5519'", "'osprey-bytea-7723'"), ("kestrel-bytea-5519", "osprey-bytea-7723", "kestrel-bytea-5519".encode().hex(), "osprey-bytea-7723".encode().hex())),
    Column("c_xml", "xml", ("'<a b=\"kestrel-xml-5519\">osprey-xml-7723</a>'", "'osprey-xml-7723'"), ("kestrel-xml-5519", "osprey-xml-7723")),
    Column("c_enum", "bird", ("'kestrel_label'", "'osprey_label'"), ("kestrel_label", "osprey_label")),
    Column("c_hstore", "hstore", ("'k=>kestrel-hstore-5519, n=>NULL'", "'o=>osprey-hstore-7723'"), ("kestrel-hstore-5519", "osprey-hstore-7723")),
    Column("c_composite", "person", ("row('kestrel-composite-5519', 1913377411, '1983-07-19')::person", "row('osprey-composite-7723', null, '1991-03-28')::person"), ("kestrel-composite-5519", "osprey-composite-7723", "1913377411", *DATE_FORMS)),
    Column("c_texts", "text[]", ("array['kestrel-texts-5519', null, 'a,\"b']", "array[['osprey-texts-7723'],['x']]"), ("kestrel-texts-5519", "osprey-texts-7723")),
    Column("c_ints", "int4[]", ("array[1913377411, null]", "'[3:4]={1817744232,2}'::int4[]"), ("1913377411", "1817744232")),
    Column("c_dates", "date[]", ("array['1983-07-19'::date]", "array['1991-03-28'::date, null]"), DATE_FORMS),
    Column("c_uuids", "uuid[]", ("array['5519aaaa-bbbb-4ccc-8ddd-eeee55195519'::uuid]", "'{}'"), ("5519aaaa",)),
    Column("c_numerics", "numeric[]", ("array[73519.5519, 'NaN']", "array[81723.7723]"), ("73519.5519", "81723.7723")),
    Column("c_people", "person[]", ("array[row('kestrel-people-5519', 1, null)::person]", "array[null, row('osprey-people-7723', 2, '1991-03-28')::person]"), ("kestrel-people-5519", "osprey-people-7723")),
    Column("c_int4range", "int4range", ("'[190001,190009)'", "'empty'"), ("190001", "190009")),
    Column("c_numrange", "numrange", ("'[73519.5519,]'", "'(,81723.7723)'"), ("73519.5519", "81723.7723")),
    Column("c_daterange", "daterange", ("'[1983-07-19,1991-03-28)'", "'[1991-03-28,)'"), DATE_FORMS),
    Column("c_tsrange", "tsrange", ("'[1983-07-19 07:19:23,1991-03-28 18:28:37]'", "'(,)'"), DATE_FORMS),
]

# Types that no codec is promised for: a null or an error may come back, never the value.
ODD_COLUMNS = [
    Column("o_money", "money", ("'5519.77'", "'7723.11'"), ("5,519.77", "5519.77", "7,723.11", "7723.11")),
    Column("o_varbit", "varbit", ("B'1011100111010110111'", "B'1110000111000101'"), ("1011100111010110111", "1110000111000101")),
    Column("o_point", "point", ("'(5519.25,7723.75)'", "'(7723.75,1)'"), ("5519.25", "7723.75")),
    Column("o_tsvector", "tsvector", ("'kestrel5519'", "'osprey7723'"), ("kestrel5519", "osprey7723")),
    Column("o_lsn", "pg_lsn", ("'55/19AABBCC'", "'77/23AABBCC'"), ("19AABBCC", "23AABBCC")),
    Column("o_jsonpath", "jsonpath", ("'$.kestrel5519'", "'$.osprey7723'"), ("kestrel5519", "osprey7723")),
    Column("o_multirange", "int4multirange", ("'{[190001,190009)}'", "'{[7723001,7723009)}'"), ("190001", "7723001")),
]

NOTES = ("'write to kestrel.note@example.org soon'", "'osprey.note@example.net, twice: osprey.note@example.net'", "null")


def schema():
    """SQL that makes the tables; run by a superuser in an empty database."""
    names = [column.name for column in COLUMNS]
    odd = [column.name for column in ODD_COLUMNS]
    lines = [
        "create extension if not exists citext;", "create extension if not exists hstore;",
        "create domain secret_text as text;", "create domain secret_int as int4;",
        "create type bird as enum ('sparrow', 'kestrel_label', 'osprey_label');",
        "create type person as (name text, number int4, born date);",
        table("vault", COLUMNS, "note text"), table("oddities", ODD_COLUMNS),
        f"create view vault_view as select id, {', '.join(names)} from vault;",
    ]
    for row in range(2):
        lines.append(f"insert into vault values ({row + 1}, {NOTES[row]}, {', '.join(column.values[row] for column in COLUMNS)});")
        lines.append(f"insert into oddities values ({row + 1}, {', '.join(column.values[row] for column in ODD_COLUMNS)});")
    lines.append(f"insert into vault (id, note) values (3, {NOTES[2]});")
    lines.append("insert into oddities (id) values (3);")
    assert len(set(names + odd)) == len(names) + len(odd)
    return "\n".join(lines) + "\n"


def table(name, columns, *more):
    return f"create table {name} (id int primary key, {', '.join([*more, *(f'{column.name} {column.type}' for column in columns)])});"


def pack():
    """The rule pack: a rule for each protected column, and one detector for the free text."""
    parts = [
        '[pack]\nname = "clients"\nversion = "1.0.0"\n',
        '[[detector]]\nname = "address"\nentity = "EMAIL"\nclass = "distinctive"\n'
        "match = ['[a-z.]{3,30}@example\\.(org|net)']\nboundary = \"word\"\nmask = { operator = \"redact\" }\n\n"
        '[detector.examples]\nmask = ["ada.b@example.org"]\npass = ["ada at example.org"]\n',
    ]
    for owner, columns in (("vault", COLUMNS), ("oddities", ODD_COLUMNS)):
        for column in columns:
            # The view's columns carry the view's own OID, so they are named too.
            tables = '["vault", "vault_view"]' if owner == "vault" else '"oddities"'
            parts.append(
                f'[[dataset]]\nselect = {{ table = {tables}, column = "{column.name}" }}\n'
                f'set = {{ entity = "{column.name.upper()}", mask = {column.mask} }}\n'
            )
    return "\n".join(parts)


def canaries(columns=None):
    """Every form of every canary, longest first."""
    forms = {form for column in columns or COLUMNS + ODD_COLUMNS for form in column.forms}
    return sorted(forms | {"kestrel.note@", "osprey.note@"}, key=len, reverse=True)
