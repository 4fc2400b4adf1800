// What a Kapacitor says of itself, in words. Pure.

import type { Schemas } from "../../api/client";
import { bytes, count, duration } from "../../lib/format";

/** A name, its value, and what belongs to it. What a version does not tell is left out. */
export type Figure = [name: string, value: string, more?: string];

export function inFigures(of: Schemas["KapacitorStatistics"]): Figure[] {
  const figures: Figure[] = [];
  if (of.version != null) figures.push(["Version", of.version]);
  if (of.host != null) figures.push(["Host", of.host]);
  if (of.uptime_s != null) figures.push(["Running for", duration(of.uptime_s * 1_000)]);
  if (of.tasks != null) figures.push(["Tasks", count(of.tasks), of.enabled_tasks == null ? undefined : `${count(of.enabled_tasks)} enabled`]);
  if (of.subscriptions != null) figures.push(["Subscriptions", count(of.subscriptions)]);
  if (of.memory_bytes != null) figures.push(["Memory", bytes(of.memory_bytes)]);
  if (of.points_received != null) figures.push(["Points received", count(of.points_received), "since it started"]);
  return figures;
}
