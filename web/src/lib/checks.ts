// What became of the checks of a connection, in words. Pure.

import { count, duration, instant, sentence } from "./format";

export interface Checked {
  at: string;
  verdict: "passed" | "warning" | "failed";
  step?: string | null;
  code?: string | null;
  detail?: string | null;
  took_ms: number;
  asked_by: "people" | "server";
}

const SAID: Record<Checked["verdict"], string> = { passed: "passed", warning: "passed with a warning", failed: "failed" };

/** Why a check did not simply pass, in one line; undefined when it did. */
export function causeOf({ code, step, detail }: Checked): string | undefined {
  const where = [step, detail].filter((part) => part != null && part !== "").join(": ");
  return where === "" ? (code ?? undefined) : [code, where].filter((part) => part != null).join(" ");
}

/** One check: `21/11/2026, 09:12:04: failed, 12 ms. TRB-TCP-001 tcp: nothing listens`. */
export function told(check: Checked): string {
  const cause = causeOf(check);
  return `${instant(check.at)}: ${SAID[check.verdict]}, ${duration(check.took_ms)}${cause === undefined ? "" : `. ${cause}`}`;
}

/** How many passed: `43 of 45 checks passed`. */
export function tally(checks: readonly Checked[]): string {
  const passed = checks.filter(({ verdict }) => verdict !== "failed").length;
  return `${count(passed)} of ${count(checks.length)} ${checks.length === 1 ? "check" : "checks"} passed`;
}

/** All of them, newest first: `43 of 45 checks passed, last failed 21/11/2026, 09:12:04: TRB-AUTH-001 …`. */
export function summed(checks: readonly Checked[]): string {
  if (checks.length === 0) return "Not checked yet";
  const last = checks.find(({ verdict }) => verdict === "failed");
  if (last === undefined) {
    const warned = checks[0]?.verdict === "warning" ? ", the newest with a warning" : "";
    return checks.length === 1 ? `The only check passed${warned && " with a warning"}` : `All ${count(checks.length)} checks passed${warned}`;
  }
  const cause = causeOf(last);
  return `${tally(checks)}, last failed ${instant(last.at)}${cause === undefined ? "" : `: ${cause}`}`;
}

/** Failures that followed one another with the same cause, newest first: what is listed once instead of ninety times. */
export interface Outage {
  /** The oldest and the newest check of it. */
  from: Checked;
  to: Checked;
  checks: number;
  /** Whether no check passed since. */
  lasts: boolean;
}

export function outages(checks: readonly Checked[]): Outage[] {
  const found: Outage[] = [];
  let open = false;
  for (const [index, check] of checks.entries()) {
    if (check.verdict !== "failed") {
      open = false;
      continue;
    }
    const last = found[found.length - 1];
    if (open && last && last.from.code === check.code && last.from.step === check.step) {
      last.from = check;
      last.checks += 1;
    } else {
      found.push({ from: check, to: check, checks: 1, lasts: checks.slice(0, index).every(({ verdict }) => verdict === "failed") });
    }
    open = true;
  }
  return found;
}

/** How a strip is told before anybody looks at one bar. */
export function headline(name: string): string {
  return sentence(`health of ${name}`);
}
