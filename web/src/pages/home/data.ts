// What the home page asks for. Everything is asked for again by itself: the page is looked at from afar.

import { useQuery } from "@tanstack/react-query";
import { connectionList } from "../../api/connections";
import { databaseList } from "../../api/databases";
import { fileList } from "../../api/files";
import { groupList } from "../../api/groups";
import { kapacitorList } from "../../api/kapacitors";
import { runCounts, runPage } from "../../api/runs";
import { seriesList } from "../../api/series";

/** How often what people set up is asked for again, in ms. */
const SETUP_MS = 5_000;
/** How far back runs are looked at. */
export const HOURS = 24;

export function useHouse() {
  const again = { refetchInterval: SETUP_MS };
  return {
    connections: useQuery({ ...connectionList, ...again }),
    kapacitors: useQuery({ ...kapacitorList, ...again }),
    databases: useQuery({ ...databaseList, ...again }),
    series: useQuery({ ...seriesList, ...again }),
    groups: useQuery({ ...groupList, ...again }),
    files: useQuery(fileList),
    counts: useQuery(runCounts(HOURS)),
    running: useQuery(runPage({ status: "running", limit: 50 })),
    queued: useQuery(runPage({ status: "queued", limit: 50 })),
  };
}

export type House = ReturnType<typeof useHouse>;
