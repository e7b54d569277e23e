// node-postgres: text results, named statements, cursors; the same queries as the others. Not binary ones:
// the driver reads those as UTF-8 text, so that integers are NaN without a gateway, too.
import { createRequire } from 'node:module';

// The driver lives in the cache folder, which the caller names.
const require = createRequire(process.env.WIREMASK_NODE_MODULES + '/');
const pg = require('pg');
const Cursor = require('pg-cursor');
const queries = JSON.parse(process.env.WIREMASK_QUERIES);
const rounds = Number(process.env.WIREMASK_ROUNDS);

const kind = (value) =>
  Array.isArray(value) ? 'list' : Buffer.isBuffer(value) ? 'bytes' : value instanceof Date ? 'Date' : typeof value;
const text = (value) =>
  Buffer.isBuffer(value)
    ? `${value.toString('latin1')} ${value.toString('hex')}`
    : value instanceof Date && Number.isNaN(value.getTime())
      ? 'invalid date'
      : `${JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner))} ${value}`;
const cell = (value) => (value === null || value === undefined ? null : [kind(value), text(value)]);
const print = (line) => process.stdout.write(JSON.stringify(line) + '\n');

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
for (const query of queries) {
  for (let turn = 0; turn < rounds; turn++) {
    const values = query.parameter === null ? [] : [query.parameter];
    try {
      const { rows } = await client.query({ name: query.name, text: query.sql, values, rowMode: 'array' });
      print({ query: query.name, mode: 'text', turn, rows: rows.map((row) => row.map(cell)) });
    } catch (error) {
      print({ query: query.name, mode: 'text', turn, state: error.code ?? 'client', error: `${error} ${JSON.stringify(error)}` });
    }
  }
}
const cursor = client.query(new Cursor('select * from vault order by id', [], { rowMode: 'array' }));
const rows = [];
for (let part = await cursor.read(1); part.length > 0; part = await cursor.read(1)) rows.push(...part);
print({ query: 'cursor', mode: 'text', turn: 0, rows: rows.map((row) => row.map(cell)) });
await cursor.close();
await client.end();
