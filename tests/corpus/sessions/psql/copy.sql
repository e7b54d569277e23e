copy vault (id, c_text, c_json, c_bytea, c_texts, note) to stdout;
copy vault (id, c_text, c_json, c_bytea, c_texts, note) to stdout (format csv, header);
copy vault (id, c_text, c_jsonb, c_date) to stdout (format csv, delimiter ';', null 'nil', quote '''', escape '\', force_quote *);
copy (select c_text, c_int4 from vault where id < 3) to stdout;
copy plain to stdout;
copy plain (id, note) from stdin;
101	one
102	two\twith tab
\.
copy plain (id, note) from stdin (format csv);
103,"three, with comma"
\.
copy plain (id, note) from stdin;
not a number	x
\.
select count(*) from plain;
