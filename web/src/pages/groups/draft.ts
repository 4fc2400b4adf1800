// A group as the form holds it, and as the API takes it.

import type { Schemas } from "../../api/client";
import type { Group } from "../../api/groups";
import { command, curl } from "../../lib/recipes";
import { ownZone } from "../../lib/zones";
import type { Recipe } from "../../ui/CopyAs";

export interface Draft {
  name: string;
  kind: "cron" | "every";
  cron: string;
  every_s: number | "";
  time_zone: string;
  overlap: Schemas["Overlap"];
  missed: "latest" | "skip" | "all";
  /** How many run late with `all`. */
  most: number | "";
  enabled: boolean;
}

export function newDraft(): Draft {
  return { name: "", kind: "cron", cron: "*/5 * * * *", every_s: 60, time_zone: ownZone(), overlap: "skip", missed: "latest", most: 100, enabled: true };
}

export function draftOf(group: Group): Draft {
  const { schedule, missed = "latest" } = group;
  return {
    name: group.name,
    kind: "cron" in schedule ? "cron" : "every",
    cron: "cron" in schedule ? schedule.cron : "*/5 * * * *",
    every_s: "every_s" in schedule ? schedule.every_s : 60,
    time_zone: group.time_zone ?? "UTC",
    overlap: group.overlap ?? "skip",
    missed: typeof missed === "string" ? missed : "all",
    most: typeof missed === "string" ? 100 : missed.all,
    enabled: group.enabled ?? true,
  };
}

/** What is saved, without the name. */
export function specOf(draft: Draft): Schemas["Group"] {
  return {
    schedule: draft.kind === "cron" ? { cron: draft.cron.trim() } : { every_s: Number(draft.every_s) },
    time_zone: draft.time_zone,
    overlap: draft.overlap,
    missed: draft.missed === "all" ? { all: Number(draft.most) } : draft.missed,
    enabled: draft.enabled,
  };
}

/** What the server need not be asked to refuse. */
export function missing(draft: Draft): { field: string; message: string } | undefined {
  if (draft.name.trim() === "") return { field: "name", message: "Give the group a name" };
  if (draft.kind === "cron" && draft.cron.trim() === "") return { field: "schedule", message: "Give a cron line, such as 0 7 * * *" };
  if (draft.kind === "every" && draft.every_s === "") return { field: "schedule", message: "Say how often" };
  if (draft.missed === "all" && draft.most === "") return { field: "missed.all", message: "Say how many, 1 to 10000" };
  return undefined;
}

/** The group as a request and as a command. */
export function recipesOf(draft: Draft): Recipe[] {
  const name = draft.name.trim() === "" ? "NAME" : draft.name.trim();
  const text = command(
    ["group", "create", name],
    [
      draft.kind === "cron" ? ["cron", draft.cron.trim()] : ["every", `${draft.every_s}s`],
      ["time-zone", draft.time_zone === "UTC" ? undefined : draft.time_zone],
      ["overlap", draft.overlap === "skip" ? undefined : "queue-one"],
      ["missed", draft.missed === "latest" ? undefined : draft.missed === "all" ? `all:${draft.most}` : "skip"],
      ["enabled", draft.enabled ? undefined : "false"],
    ],
  );
  return [
    { label: "curl", text: curl("POST", "/groups", { name, ...specOf(draft) }) },
    { label: "Command line", text },
  ];
}
