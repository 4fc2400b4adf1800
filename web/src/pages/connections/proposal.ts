// A name for a connection that nobody has named yet. Pure.

import type { Values } from "./draft";

/** After where it is and what is written to; with a number behind it when that is `taken`, in any case. */
export function proposedName(values: Values, taken: string[]): string {
  const wanted = [place(values), target(values)].filter((part) => part !== "").join(" ");
  if (wanted === "") return "";
  const used = new Set(taken.map((name) => name.toLowerCase()));
  let name = wanted;
  for (let number = 2; used.has(name.toLowerCase()); number += 1) name = `${wanted} ${number}`;
  return name;
}

function place({ driver, url, folder }: Values): string {
  if (driver === "file") return folder.trim().split("/").filter((part) => part !== "").at(-1) ?? "";
  return URL.canParse(url.trim()) ? new URL(url.trim()).hostname : "";
}

function target({ driver, database, bucket }: Values): string {
  if (driver === "file") return "";
  return (driver === "v2" ? bucket : database).trim();
}
