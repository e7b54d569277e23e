-- Writes corpus.tsv: values of every type as a real server sends them, in text and in binary.
--   psql -X -q -f corpus.sql > corpus.tsv      (superuser, UTF8 database, hstore and citext available)
-- Columns: type, settings, text, binary in hex; escaped as COPY does.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mood AS ENUM ('sad', 'so so', 'happy', 'quo"te\', '{curly}', 'NULL');
CREATE TYPE inner_row AS (n int, t text, d date);
CREATE TYPE outer_row AS (i inner_row, a text[], m mood, f float8, j jsonb, r int4range);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TEMP TABLE corpus (n serial, type text, setting text, shown text, sent text);
CREATE FUNCTION pg_temp.add(types text[], settings text[], literals text[]) RETURNS void AS $$
DECLARE
    type text; setting text; literal text; part text; input text; output text; send text;
    shown text; sent text;
BEGIN
    FOREACH type IN ARRAY types LOOP
        SELECT typoutput::regproc, typsend::regproc INTO output, send
            FROM pg_type WHERE oid = type::regtype;
        FOREACH setting IN ARRAY settings LOOP
            FOREACH part IN ARRAY string_to_array(setting, '; ') LOOP
                PERFORM set_config(split_part(part, '=', 1), split_part(part, '=', 2), true);
            END LOOP;
            FOREACH literal IN ARRAY literals LOOP
                PERFORM set_config('datestyle', 'ISO, MDY', true);
                EXECUTE format('CREATE TEMP TABLE v AS SELECT %L::%s AS v', literal, type);
                FOREACH part IN ARRAY string_to_array(setting, '; ') LOOP
                    PERFORM set_config(split_part(part, '=', 1), split_part(part, '=', 2), true);
                END LOOP;
                EXECUTE format('SELECT %s(v)::text, encode(%s(v), ''hex'') FROM v', output, send)
                    INTO shown, sent;
                DROP TABLE v;
                INSERT INTO corpus (type, setting, shown, sent)
                    VALUES (type, setting, shown, sent);
            END LOOP;
        END LOOP;
    END LOOP;
END $$ LANGUAGE plpgsql;

\o /dev/null
SELECT pg_temp.add('{text,varchar,bpchar,name,citext,xml,"\"char\""}', '{""}',
    ARRAY['x', 'Grüße € 💶', 'ada@example.com']) ;
SELECT pg_temp.add('{text,varchar,bpchar,character(12)}', '{""}',
    ARRAY['', 'blanks  ', E'tab\tline\nback\\slash "quoted"']) ;
SELECT pg_temp.add('{int2,int4,int8}', '{""}', '{0,-1,1,32767,-32768,4242}');
SELECT pg_temp.add('{int4,int8}', '{""}', '{2147483647,-2147483648,536871001}');
SELECT pg_temp.add('{int8}', '{""}', '{9223372036854775807,-9223372036854775808,4111111111111111}');
SELECT pg_temp.add('{oid,xid}', '{""}', '{0,1,4294967295}');
SELECT pg_temp.add('{xid8}', '{""}', '{0,12345678901}');
SELECT pg_temp.add('{numeric}', '{""}', '{0,0.0,0.000,1,-1,10,100,1000,9999,10000,10001,100000000,
    0.1,-0.1,0.01,0.0001,0.00001,0.00000000001,1.5,12.50,-12.50,1234567890.0987654321,99999999,
    4111111111111111,0.10000,10000.00001,1000000000000000000000000000000,-0.0000000000000000001,
    123456789012345678901234567890.123456789012345678901234567890,NaN,Infinity,-Infinity,7e40,7e-40,
    50000,5000.5,500000000.0005}');
SELECT pg_temp.add('{float4,float8}', '{""}', '{0,-0,1,-1,0.1,1.5,100000,123456,1e6,1e5,1e-4,1e-5,
    0.001,3.14159,1e20,-2.5e-20,NaN,Infinity,-Infinity,16777216,99999,999999,9999999}');
SELECT pg_temp.add('{float8}', '{""}', '{1e14,1e15,1e16,123456789012345,1234567890123456,1e308,
    5e-324,0.1234567890123456,4111111111111111,1.7976931348623157e308,12345.678}');
SELECT pg_temp.add('{money}', '{lc_monetary=C}',
    '{0,0.01,-0.01,1.5,12.34,123.45,1234.56,-1234.56,1234567.89,92233720368547758.07}');
SELECT pg_temp.add('{bool}', '{""}', '{t,f}');
SELECT pg_temp.add('{date}', '{"DateStyle=ISO, MDY","DateStyle=ISO, DMY","DateStyle=SQL, MDY",
    "DateStyle=SQL, DMY","DateStyle=Postgres, MDY","DateStyle=Postgres, DMY","DateStyle=German, DMY",
    "DateStyle=Postgres, YMD"}',
    '{2000-01-01,1999-12-31,1970-01-01,2024-02-29,1985-07-04,0001-01-01,0001-12-31 BC,0044-03-15 BC,
    4713-11-24 BC,12345-06-07,5874897-12-31,infinity,-infinity}');
SELECT pg_temp.add('{time}', '{"DateStyle=ISO, MDY","DateStyle=German, DMY"}',
    '{00:00:00,24:00:00,23:59:59.999999,12:34:56.7,04:05:06.000001}');
SELECT pg_temp.add('{timetz}', '{"DateStyle=ISO, MDY","DateStyle=SQL, DMY"}',
    '{00:00:00+00,24:00:00-15:59,23:59:59.999999+05:30,12:34:56.7-03:30,04:05:06+00:19:32,12:00-08}');
SELECT pg_temp.add('{timestamp}', '{"DateStyle=ISO, MDY","DateStyle=ISO, DMY","DateStyle=SQL, MDY",
    "DateStyle=SQL, DMY","DateStyle=Postgres, MDY","DateStyle=Postgres, DMY","DateStyle=German, DMY"}',
    '{2000-01-01 00:00:00,1999-12-31 23:59:59.999999,1985-07-04 12:30:00.5,0044-03-15 01:02:03 BC,
    4713-11-24 00:00:00 BC,294276-12-31 23:59:59.999999,12345-06-07 08:09:10,infinity,-infinity}');
SELECT pg_temp.add('{timestamptz}', '{"TimeZone=UTC; DateStyle=ISO, MDY",
    "TimeZone=Europe/Berlin; DateStyle=ISO, DMY","TimeZone=America/New_York; DateStyle=SQL, MDY",
    "TimeZone=Europe/Berlin; DateStyle=SQL, DMY","TimeZone=America/New_York; DateStyle=Postgres, MDY",
    "TimeZone=Europe/Berlin; DateStyle=Postgres, DMY","TimeZone=Europe/Berlin; DateStyle=German, DMY",
    "TimeZone=Asia/Kathmandu; DateStyle=SQL, MDY","TimeZone=Asia/Kathmandu; DateStyle=Postgres, MDY"}',
    '{2000-01-01 00:00:00+00,1999-12-31 23:59:59.999999+00,2024-07-04 12:30:00.5+00,
    2024-03-31 01:00:00+00,12345-01-07 08:09:10+00,infinity,-infinity}');
SELECT pg_temp.add('{timestamptz}', '{"TimeZone=Europe/Berlin; DateStyle=ISO, MDY",
    "TimeZone=Asia/Kolkata; DateStyle=ISO, MDY","TimeZone=America/St_Johns; DateStyle=ISO, MDY"}',
    '{0044-03-15 01:02:03+00 BC,1890-01-01 00:00:00+00,1985-07-04 12:30:00.5+00,294276-01-01 00:00:00+00}');
SELECT pg_temp.add('{interval}', '{IntervalStyle=postgres,IntervalStyle=postgres_verbose,
    IntervalStyle=sql_standard,IntervalStyle=iso_8601}',
    '{0,1 second,-1 second,1 day,-1 day,1 mon,1 year,-13 mons,1 year 2 mons 3 days 04:05:06.789,
    -1 year -2 mons -3 days -04:05:06.789,-1 year -2 mons +3 days -04:05:06,1 day -00:00:00.5,
    -1 day +00:00:00.5,1 mon -1 day,25 hours,-100:30:00.000001,04:05:06,9:05:06,00:00:00.1,1 hour,
    1 min,1 mon 04:05:06,-3 days 04:05:06,3 days 04:05:06,178956970 years,-178956970 years -8 mons,
    2147483647 days,2562047788:00:54.775807,-2562047788:00:54.775807,2 years -1 day 00:00:01}');
SELECT pg_temp.add('{uuid}', '{""}',
    '{00000000-0000-0000-0000-000000000000,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}');
SELECT pg_temp.add('{inet}', '{""}', '{192.168.1.1,192.168.1.1/24,0.0.0.0/0,255.255.255.255,::,::1,
    ::1/64,2001:db8::ff00:42:8329,fe80::1:0:0:1,::ffff:10.1.2.3,::10.1.2.3,1:0:0:2:0:0:0:3/48,
    2001:db8:0:1:1:1:1:1,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff}');
SELECT pg_temp.add('{cidr}', '{""}', '{10.0.0.0/8,10.1.2.3/32,0.0.0.0/0,2001:db8::/32,::/0,
    ::ffff:10.1.2.0/120,2001:db8::1/128}');
SELECT pg_temp.add('{macaddr}', '{""}', '{08:00:2b:01:02:03,ff:ff:ff:ff:ff:ff,00:00:00:00:00:00}');
SELECT pg_temp.add('{macaddr8}', '{""}', '{08:00:2b:01:02:03:04:05,ff:ff:ff:ff:ff:ff:ff:ff}');
SELECT pg_temp.add('{bytea}', '{bytea_output=hex,bytea_output=escape}',
    ARRAY['', 'abc', '\x00017f80ff', '\x5c5c27225c78', 'back\\slash', '\x78']);
SELECT pg_temp.add('{varbit}', '{""}', '{"",0,1,10101010,101010101,1111111111111111}');
SELECT pg_temp.add('{bit(3)}', '{""}', '{101,000}');
SELECT pg_temp.add('{json,jsonb}', '{""}', ARRAY['null', 'true', '"a"', '1', '-0.50', '1e5', '{}', '[]',
    '[[],{},[{}]]', '{"a": {"b": [1, "x", null, false, {"c": "d"}]}, "e": 1.5e-3}',
    '{"quote\"d": "\\ \u00e9 \ud83d\ude00 \b\f\n\r\t\/ \u0001"}', '[ 1 , 2 ,{"x" :"y"} ] ',
    '[0.0000000001, 123456789012345678901234567890, 1E400, -1e-400]', '{"":""}',
    '{"mail": "ada@example.com", "tags": ["Grüße", "€"]}']);
SELECT pg_temp.add('{jsonpath}', '{""}', ARRAY['$.a[*] ? (@.b > 1)', '$']);
SELECT pg_temp.add('{xml}', '{""}', ARRAY['<a/>', '<a b="1 &amp; 2">t<!--c--><c>é &lt; &#8364;</c></a>',
    'plain text', '<a/><b>fragment</b> tail', '<?pi data?><a><![CDATA[<raw>]]></a>',
    '<?xml version="1.0"?><a x=''"''/>', '<n:a xmlns:n="urn:x">ada@example.com</n:a>']);
SELECT pg_temp.add('{hstore}', '{""}', ARRAY['', 'a=>1', 'a=>1, b=>NULL', '"a b"=>"c\"d\\e", ""=>""',
    'mail=>"ada@example.com", "NULL"=>"NULL"', '"é"=>"€"']);
SELECT pg_temp.add('{tsvector}', '{""}', ARRAY['', 'a fat cat', '''it''''s'':1A,2B fat:3 ''b\\s'':4C',
    '''two words'':16383', 'é:1']);
SELECT pg_temp.add('{tsquery,point,lseg,box,circle,path,polygon,line,pg_lsn,tid}', '{""}', '{}');
SELECT pg_temp.add('{tsquery}', '{""}', ARRAY['a & b', '!cat | dog:*']);
SELECT pg_temp.add('{point}', '{""}', ARRAY['(1,2.5)']);
SELECT pg_temp.add('{box}', '{""}', ARRAY['(1,2),(3,4)']);
SELECT pg_temp.add('{box[]}', '{""}', ARRAY['{(1,2),(3,4);(5,6),(7,8)}']);
SELECT pg_temp.add('{pg_lsn}', '{""}', ARRAY['16/B374D848']);
SELECT pg_temp.add('{tid}', '{""}', ARRAY['(1,2)']);
SELECT pg_temp.add('{regclass}', '{""}', ARRAY['pg_type', '0']);
SELECT pg_temp.add('{mood}', '{""}', ARRAY['sad', 'so so', 'quo"te\', '{curly}', 'NULL']);
SELECT pg_temp.add('{int2[],int4[],int8[],numeric[],float8[]}', '{""}', ARRAY['{}', '{1}', '{1,2,NULL}',
    '{{1,2},{3,4}}', '[2:3]={5,6}', '[-1:0][0:1]={{1,NULL},{3,4}}', '{{{1},{2}},{{3},{4}}}', '[0:0]={7}']);
SELECT pg_temp.add('{text[],varchar[],citext[]}', '{""}', ARRAY['{}', '{a,b}', '{"",NULL,"NULL",null}',
    '{"a b","c,d","e\"f","g\\h","{i}"}', '{{a,b},{c,d}}', '{é,€}', E'{"tab\tx","line\nx"," x "}',
    '{ada@example.com}', '[3:4]={x,y}', E'{"\v","\u00a0"}']);
SELECT pg_temp.add('{mood[]}', '{""}', ARRAY['{sad,"so so","quo\"te\\","{curly}","NULL"}']);
SELECT pg_temp.add('{date[],timestamp[]}', '{"DateStyle=ISO, MDY","DateStyle=German, DMY",
    "DateStyle=Postgres, DMY"}', ARRAY['{1985-07-04,infinity,NULL}']);
SELECT pg_temp.add('{bool[]}', '{""}', ARRAY['{t,f,NULL}']);
SELECT pg_temp.add('{bytea[]}', '{bytea_output=hex,bytea_output=escape}', ARRAY['{"\\x00ff","abc",""}']);
SELECT pg_temp.add('{jsonb[],json[]}', '{""}', ARRAY['{"{\"a\": [1, \"x\"]}","null",NULL}']);
SELECT pg_temp.add('{interval[]}', '{IntervalStyle=postgres,IntervalStyle=sql_standard}',
    ARRAY['{1 year 2 mons,04:05:06}']);
SELECT pg_temp.add('{uuid[]}', '{""}', ARRAY['{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}']);
SELECT pg_temp.add('{hstore[]}', '{""}', ARRAY['{"\"a\"=>\"1, {2}\""}']);
SELECT pg_temp.add('{inet[]}', '{""}', ARRAY['{10.1.2.3/8,::1}']);
SELECT pg_temp.add('{int2vector,oidvector}', '{""}', ARRAY['', '1', '1 2 3']);
SELECT pg_temp.add('{inner_row}', '{""}', ARRAY['(1,a,1985-07-04)', '(,,)', '(,"",)',
    '(-5,"a b ""c"" \\d, (e)",infinity)', E'(1," ",)', '(1,é,)', '(1,NULL,)']);
SELECT pg_temp.add('{inner_row[]}', '{""}', ARRAY['{"(1,a,1985-07-04)","(,\"b,c\",)",NULL}']);
SELECT pg_temp.add('{outer_row}', '{""}', ARRAY[
    '("(1,""a \\""b"",1985-07-04)","{x,""y z"",NULL}",sad,1.5,"{""k"": [""v"", 1]}","[1,5)")',
    '(,,,,,)', '("(,,)",{},"quo""te\\",NaN,null,empty)']);
SELECT pg_temp.add('{int4range,int8range}', '{""}', '{empty,"[1,5)","(,5)","[1,)","(,)","[-7,-7]"}');
SELECT pg_temp.add('{numrange}', '{""}', '{empty,"[1.50,5.25]","(1.5,5.0)","(,5]","[1,)","[2,2]"}');
SELECT pg_temp.add('{daterange,tsrange}', '{"DateStyle=ISO, MDY","DateStyle=SQL, DMY"}',
    '{"[1985-07-04,1986-01-01)","(,2020-02-01)","[2000-01-01,infinity]",empty}');
SELECT pg_temp.add('{tstzrange}', '{"TimeZone=Europe/Berlin; DateStyle=ISO, MDY"}',
    '{"[1985-07-04 00:00+00,1986-01-01 00:00+00)"}');
SELECT pg_temp.add('{textrange}', '{""}', ARRAY['[a,b]', '["","x y")', '["a\"b","c\\d")', '("a,b","c[]")']);
SELECT pg_temp.add('{int4multirange,nummultirange}', '{""}', '{"{}","{[1,2)}","{[1,2),[5,7),[9,)}"}');
SELECT pg_temp.add('{datemultirange}', '{"DateStyle=ISO, MDY"}', '{"{[1985-07-04,1986-01-01)}"}');
SELECT pg_temp.add('{tsmultirange}', '{"DateStyle=ISO, MDY"}', '{"{[1985-07-04,1986-01-01)}"}');
SELECT pg_temp.add('{int4range[]}', '{""}', ARRAY['{"[1,5)",empty}']);
\o
COPY (SELECT type, setting, shown, sent FROM corpus ORDER BY n) TO STDOUT;
ROLLBACK;
