import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { connectionList } from "../../api/connections";
import { databaseList, type Engine } from "../../api/databases";
import { type Field, fields } from "../../api/explore";
import { queryList } from "../../api/queries";
import type { Draft } from "./draft";
import { columnOf } from "./mappingDraft";

/** How long typing rests before the InfluxDB is asked. */
const REST_MS = 500;

/** The fields that the measurement of a draft has already; empty when nobody can tell. */
export function useStoredTypes(draft: Draft): Field[] {
  const { data: connections } = useQuery(connectionList);
  const [measurement] = useDebouncedValue(columnOf(draft, "measurement") === undefined ? draft.measurement.trim() : "", REST_MS);
  const connection = connections?.find(({ id }) => id === draft.connection_id);
  const canTell = connection !== undefined && connection.driver !== "file" && measurement !== "";
  // An InfluxDB that does not answer is no matter of this form: the connection says so.
  const { data } = useQuery({ ...fields({ connection: draft.connection_id }, measurement), enabled: canTell });
  return canTell ? (data?.items ?? []) : [];
}

/** The engine of the database that the draft's query runs on. */
export function useEngine(draft: Draft): Engine | undefined {
  const { data: queries } = useQuery(queryList);
  const { data: databases } = useQuery(databaseList);
  const query = queries?.find(({ id }) => id === draft.query_id);
  return databases?.find(({ id }) => id === query?.database_id)?.engine;
}
