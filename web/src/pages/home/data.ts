// What the home page asks for.

import { useQuery } from "@tanstack/react-query";
import { backfillPage } from "../../api/backfills";
import { connectionList } from "../../api/connections";
import { databaseList } from "../../api/databases";
import { fileList } from "../../api/files";
import { groupList } from "../../api/groups";
import { holdList } from "../../api/holds";
import { kapacitorList } from "../../api/kapacitors";
import { rejectCounts } from "../../api/rejects";
import { runCounts, runPage } from "../../api/runs";
import { seriesList } from "../../api/series";

/** How far back runs are looked at. */
export const HOURS = 24;

export function useHouse() {
  return {
    connections: useQuery(connectionList),
    kapacitors: useQuery(kapacitorList),
    databases: useQuery(databaseList),
    series: useQuery(seriesList),
    groups: useQuery(groupList),
    files: useQuery(fileList),
    holds: useQuery(holdList),
    rejects: useQuery(rejectCounts),
    backfills: useQuery(backfillPage({ limit: 50 })),
    pausedBackfills: useQuery(backfillPage({ state: "paused" })),
    counts: useQuery(runCounts(HOURS)),
    running: useQuery(runPage({ status: "running", limit: 50 })),
    queued: useQuery(runPage({ status: "queued", limit: 50 })),
  };
}

export type House = ReturnType<typeof useHouse>;
