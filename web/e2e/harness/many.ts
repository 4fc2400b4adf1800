// A server with as much as a large house has: thousands of connections, a million runs. Rows of the store are copied with other names and times,
// because a million requests would take an hour.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Server } from "./server";
import { ran, seriesOf, SQL } from "./trouble";

const FILL = `
import json, os, sqlite3, sys
path, connections, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = sqlite3.connect(path, timeout=60, isolation_level=None)
store.row_factory = sqlite3.Row
store.execute("PRAGMA synchronous = OFF")
store.execute("PRAGMA cache_size = -524288")

def copies(table, of, count, change):
    columns = list(of.keys())
    marks = ",".join("?" * len(columns))
    quoted = ",".join('"%s"' % column for column in columns)
    rows = (tuple({**dict(of), **change(at)}[column] for column in columns) for at in range(count))
    store.execute("BEGIN IMMEDIATE")
    store.executemany("INSERT INTO %s (%s) VALUES (%s)" % (table, quoted, marks), rows)
    store.execute("COMMIT")

def uuid7(ms):
    body = bytearray(ms.to_bytes(6, "big") + os.urandom(10))
    body[6] = 0x70 | body[6] & 0x0F
    body[8] = 0x80 | body[8] & 0x3F
    return bytes(body)

connection = store.execute("SELECT * FROM connections WHERE driver = 'v1'").fetchone()
now_ms = connection["created_at"] // 1000
spec = json.loads(connection["spec"])
numbered = lambda at: {"number": connection["number"] + 1 + at} if "number" in connection.keys() else {}
copies("connections", connection, connections, lambda at: {**numbered(at),
    "id": uuid7(now_ms - connections + at), "name": "plant %04d line %d" % (at, at % 7),
    "spec": json.dumps({**spec, "url": "http://influx-%d.plant-%d.example:8086/" % (at, at % 40), "database": "sensors_%d" % (at % 100)})})

store.create_function("uuid7", 1, uuid7)
store.execute("CREATE TEMP TABLE templates AS SELECT row_number() OVER (ORDER BY id) - 1 AS turn, * FROM runs")
(turns,) = store.execute("SELECT count(*) FROM templates").fetchone()
changed = {"id": "uuid7(ms)", "slot_id": "NULL", "slot": "ms * 1000", "last_slot": "ms * 1000", "queued_at": "ms * 1000", "not_before": "ms * 1000",
    "started_at": "ms * 1000 + 4000", "finished_at": "ms * 1000 + 90000",
    "status": "CASE WHEN at * 37 % 100 < 94 THEN 'succeeded' WHEN at * 37 % 100 < 97 THEN 'empty' WHEN at * 37 % 100 < 99 THEN 'partial' ELSE 'failed' END"}
columns = [column["name"] for column in store.execute("PRAGMA table_info(runs)")]
# Indexes are made faster over all rows than row by row.
indexes = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'runs' AND sql IS NOT NULL").fetchall()
for index in indexes:
    store.execute('DROP INDEX "%s"' % index["name"])
store.execute("""WITH RECURSIVE counted(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM counted WHERE at + 1 < %d),
    timed AS (SELECT at, %d - (%d - at) * 1000 AS ms FROM counted)
    INSERT INTO runs (%s) SELECT %s FROM timed JOIN templates ON turn = at %% %d""" % (runs, now_ms, runs,
    ",".join('"%s"' % column for column in columns), ",".join(changed.get(column, 'templates."%s"' % column) for column in columns), turns))
for index in indexes:
    store.execute(index["sql"])
store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
`;

/** Fills it, between its end and its next beginning: connections and runs beside a few real ones. */
export async function fill(server: Server, connections: number, runs: number): Promise<void> {
  for (const name of ["orders", "stock", "visits", "returns", "payments"]) await ran(server, await seriesOf(server, name, SQL.succeeded));
  await server.api("POST", "/api/v1/connections?check=skip", { name: "shop", driver: "v1", url: "http://localhost:8086", database: "telegraf" });
  await server.end();
  await promisify(execFile)("python3", ["-c", FILL, server.sqlite, String(connections), String(runs)]);
  await server.begin();
}
