// The steps of a check in their order, as crates/influx takes them, so that one sees beforehand what will be checked. Pure.

/** A step, by the name that a check tells it by, and what it finds out. */
export interface Rung {
  step: string;
  about: string;
}

const TLS: Rung = { step: "tls", about: "The certificate can be trusted" };

function reach(secure: boolean): Rung[] {
  return [
    { step: "url", about: "The address is well formed" },
    { step: "policy", about: "Tributary may contact this address" },
    { step: "dns", about: "The server's name leads to an address" },
    { step: "tcp", about: "Something listens on the port" },
    ...(secure ? [TLS] : []),
    { step: "http", about: "The server answers" },
  ];
}

/** Those of a connection's check; `secure` when it speaks TLS. */
export function rungsOfConnection(driver: "v1" | "v2" | "v3" | "file", secure: boolean): Rung[] {
  if (driver === "file") {
    return [
      { step: "url", about: "The path starts at the root" },
      { step: "database", about: "The folder is there" },
      { step: "write", about: "Files can be created in it" },
    ];
  }
  return [
    ...reach(secure),
    { step: "product", about: "It is an InfluxDB that fits the driver" },
    { step: "authentication", about: driver === "v1" ? "The username and the password are right" : "The token is right" },
    { step: "database", about: driver === "v2" ? "The bucket is there" : "The database is there" },
    { step: "write", about: "Points may be written (none are written)" },
  ];
}

/** Those of a Kapacitor's check. */
export function rungsOfKapacitor(secure: boolean): Rung[] {
  return [
    ...reach(secure),
    { step: "product", about: "It is a Kapacitor" },
    { step: "authentication", about: "The username and the password are right" },
    { step: "configuration", about: "Its configuration can be read" },
  ];
}

/** Those of a database's check; `host` may be the path of a socket. */
export function rungsOfDatabase(engine: "sqlite" | "postgres" | "mysql" | "adbc" | "odbc", host: string): Rung[] {
  // The driver goes its own way there.
  if (engine === "adbc" || engine === "odbc") return [];
  const rest = [{ step: "version", about: "Its version is known" }, { step: "read_only", about: "Nothing can be written" }];
  if (engine === "sqlite") return [{ step: "database", about: "The file is a SQLite database" }, ...rest];
  const way = host.startsWith("/") ? [{ step: "socket", about: "The socket is there" }] : reach(false).filter(({ step }) => step === "dns" || step === "tcp");
  return [
    ...way,
    { step: "tls", about: "The connection is encrypted as wanted" },
    { step: "authentication", about: "The user and the password are right" },
    { step: "database", about: "The database is there and can be read" },
    ...rest,
  ];
}

/** The steps that are still to come, or that a failed one kept from being tried. */
export function untried(rungs: Rung[], told: { step: string }[]): Rung[] {
  const last = told[told.length - 1];
  if (last === undefined) return rungs;
  // A step that nobody planned stands among those that were.
  const at = Math.max(...told.map(({ step }) => rungs.findIndex((rung) => rung.step === step)));
  return rungs.slice(at + 1);
}
