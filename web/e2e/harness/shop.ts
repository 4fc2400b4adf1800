// A small shop in a SQLite file: what queries in these tests read.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Server } from "./server";

const SQL = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, country TEXT, created TEXT, total REAL, note TEXT, big INTEGER);
INSERT INTO orders VALUES (1, 'DE', '2026-11-21 05:01:00', 12.5, 'first', 9007199254740993), (2, 'FR', '2026-11-21 05:02:00', 99, NULL, 1),
  (3, 'DE', '2026-11-21 05:03:00', 7.25, '', 2);
`;

/** Makes the file in the server's own folder; gives its path. */
export function shopFile(server: Server): Promise<string> {
  return sqliteFile(server, SQL);
}

/** A SQLite file of these statements, in the server's own folder; gives its path. */
export async function sqliteFile(server: Server, sql: string): Promise<string> {
  const path = join(server.folder, "shop.db");
  // Debian's Python has SQLite; Node has it only from version 22 on.
  const script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
  await promisify(execFile)("python3", ["-c", script, path, sql]);
  return path;
}
