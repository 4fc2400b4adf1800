// The steps of a check in their order, as crates/influx takes them, so that one sees beforehand what will be checked. Pure.

/** A step, by the name that a check tells it by, and what it finds out. */
export interface Rung {
  step: string;
  about: string;
}

const TLS: Rung = { step: "tls", about: "The certificate is one to trust" };

function reach(secure: boolean): Rung[] {
  return [
    { step: "url", about: "The address is one" },
    { step: "policy", about: "Nothing here forbids to ask there" },
    { step: "dns", about: "The name of the server is known" },
    { step: "tcp", about: "Something listens on the port" },
    ...(secure ? [TLS] : []),
    { step: "http", about: "It answers" },
  ];
}

/** Those of a connection's check; `secure` when it speaks TLS. */
export function rungsOfConnection(driver: "v1" | "v2" | "v3" | "file", secure: boolean): Rung[] {
  if (driver === "file") {
    return [
      { step: "url", about: "The path is one from the root" },
      { step: "database", about: "The folder is there" },
      { step: "write", about: "Files can be made in it" },
    ];
  }
  return [
    ...reach(secure),
    { step: "product", about: "It is the InfluxDB of this driver, and which version" },
    { step: "authentication", about: driver === "v1" ? "The username and the password are right" : "The token is right" },
    { step: "database", about: driver === "v2" ? "The bucket is there" : "The database is there" },
    { step: "write", about: "Points may be written; none is" },
  ];
}

/** Those of a Kapacitor's check. */
export function rungsOfKapacitor(secure: boolean): Rung[] {
  return [
    ...reach(secure),
    { step: "product", about: "It is a Kapacitor, and which version" },
    { step: "authentication", about: "The username and the password are right" },
    { step: "configuration", about: "Its configuration can be read" },
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
