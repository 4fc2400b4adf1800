// Whom a TLS handshake trusts and what it shows, as a form holds it. Pure.

export type Trust = "machine" | "ca" | "pin" | "anyone";

/** The fields of a form; what is blank is not given. */
export interface TlsValues {
  trust: Trust;
  ca_certificate: string;
  pinned_sha256: string;
  client_certificate: string;
}

interface Stored {
  insecure_skip_verify?: boolean;
  tls?: { ca_certificate?: string | null; pinned_sha256?: string | null; client_certificate?: string | null };
}

/** What a form begins with, for what is stored or for nothing. */
export function tlsValues({ insecure_skip_verify: anyone, tls }: Stored = {}): TlsValues {
  const trust = anyone === true ? "anyone" : tls?.pinned_sha256 != null ? "pin" : tls?.ca_certificate != null ? "ca" : "machine";
  return {
    trust,
    ca_certificate: tls?.ca_certificate ?? "",
    pinned_sha256: tls?.pinned_sha256 ?? "",
    client_certificate: tls?.client_certificate ?? "",
  };
}

/** What the server is told. Without https there is nobody to trust. */
export function tlsBody(values: TlsValues, url: string) {
  const secure = isSecure(url);
  const text = (value: string, when: boolean) => (secure && when && value.trim() !== "" ? value.trim() : null);
  return {
    insecure_skip_verify: secure && values.trust === "anyone",
    tls: {
      ca_certificate: text(values.ca_certificate, values.trust === "ca"),
      // People copy it with colons, as `openssl` and browsers show it.
      pinned_sha256: text(values.pinned_sha256.replaceAll(/[:\s]/g, "").toLowerCase(), values.trust === "pin"),
      client_certificate: text(values.client_certificate, true),
    },
  };
}

export function isSecure(url: string): boolean {
  return /^\s*https:\/\//i.test(url);
}

/** Scheme, host, port and user: when one of them changes, the kept secrets are forgotten unless they are given again. */
export function destination(url: string, username = ""): string {
  try {
    const { protocol, hostname, port } = new URL(url.trim());
    return `${protocol}//${hostname}:${port || (protocol === "https:" ? "443" : "80")} ${username.trim()}`;
  } catch {
    return `${url.trim()} ${username.trim()}`;
  }
}
