// What a pasted text says, in the words of the form.

/** A connection, as far as the text says. Blank texts are absent. */
export interface PastedConnection {
  name: string;
  driver: "v1" | "v2" | "v3";
  url: string;
  database?: string;
  username?: string;
  retention_policy?: string;
  v1_edition?: "oss" | "enterprise" | "relay";
  meta_url?: string;
  organization?: string;
  bucket?: string;
  edition?: "core" | "enterprise" | "clustered" | "cloud_dedicated" | "cloud_serverless";
  cluster_id?: string;
  account_id?: string;
  telegraf_database?: string;
  timeout_ms?: number;
  gzip?: "on" | "off";
  skip_verify?: boolean;
  default?: boolean;
  number?: number;
  /** Chronograf's organization. */
  of?: string;
  password?: string;
  shared_secret?: string;
  token?: string;
  management_token?: string;
}

export interface PastedKapacitor {
  name: string;
  url: string;
  username?: string;
  password?: string;
  skip_verify?: boolean;
  active?: boolean;
  number?: number;
  /** Chronograf's number of its connection. */
  connection?: number;
  of?: string;
}

/** Something about a line; never a secret, nor a value that may be one. */
export interface Remark {
  line?: number | undefined;
  field?: string | undefined;
  text: string;
}

export interface Found {
  connections: PastedConnection[];
  kapacitors: PastedKapacitor[];
  /** What was assumed or left out. */
  remarks: Remark[];
  /** What cannot be used. */
  broken: Remark[];
}

/** What references to variables stand for. */
export type Variables = ReadonlyMap<string, string>;

/** A text that is nothing of this, or cannot be read. Its message holds nothing of the text. */
export class Unreadable extends Error {
  readonly line: number | undefined;
  readonly field: string | undefined;
  /** The address of a SQL database. */
  readonly isSql: boolean;

  constructor(message: string, place: { line?: number | undefined; field?: string | undefined; isSql?: boolean } = {}) {
    super(message);
    this.name = "Unreadable";
    this.line = place.line;
    this.field = place.field;
    this.isSql = place.isSql ?? false;
  }

  asRemark(): Remark {
    return { line: this.line, field: this.field, text: this.message };
  }
}

export function nothing(): Found {
  return { connections: [], kapacitors: [], remarks: [], broken: [] };
}

/** What to say of a variable that nobody knows. Only a name as people write them is shown: `$word` may as well be a piece of a password. */
export function unknownVariable(name: string): string {
  return `refers to ${/^[A-Z0-9_]+$/.test(name) ? `the variable \`${name}\`` : "a variable"}, which is not given`;
}

/** The name as one that can be kept: no control characters, not too long. */
export function tidyName(name: string): string {
  return [...name.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ").trim()].slice(0, 190).join("").trimEnd();
}
