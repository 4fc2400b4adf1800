// Health of everything, and what needs a person.

import "./home.css";

import { Skeleton, Stack } from "@mantine/core";
import { nextStep } from "../../lib/health";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { Attention } from "./Attention";
import { ConnectionsHealth } from "./ConnectionsHealth";
import { useHouse } from "./data";
import { Doors } from "./Doors";
import { GroupsHealth } from "./GroupsHealth";
import { NextStep } from "./NextStep";
import { Numbers } from "./Numbers";

export function HomePage() {
  const house = useHouse();
  const { connections, databases, series, groups } = house;
  const needed = [connections, databases, series, groups];
  const failed = needed.find((query) => query.isError && query.data === undefined);
  if (failed) {
    return (
      <>
        <PageHead title="Home" />
        <Problem error={failed.error} retry={() => needed.forEach((query) => void query.refetch())} />
      </>
    );
  }
  if (!connections.data || !databases.data || !series.data || !groups.data) {
    return (
      <>
        <PageHead title="Home" />
        <Skeleton height={220} role="status" aria-label="Loading" />
      </>
    );
  }
  const done = {
    connection: connections.data.length > 0,
    database: databases.data.length > 0,
    series: series.data.length > 0,
    group: series.data.some((one) => one.group_id != null),
  };
  const isEmpty = !done.connection && !done.database && !done.series;
  const next = nextStep(done);
  return (
    <>
      <PageHead
        title={isEmpty ? "Welcome to Tributary" : "Home"}
        about={isEmpty ? "It reads your SQL databases at regular intervals and writes what it finds to InfluxDB. Where do you want to begin?" : undefined}
      />
      <Stack gap="lg">
        {isEmpty ? <Doors folder={house.files.data?.folder ?? undefined} /> : next !== undefined && <NextStep done={done} next={next} />}
        {(!isEmpty || (house.files.data?.files.length ?? 0) > 0) && <Attention house={house} />}
        {!isEmpty && (
          <div className="two-halves">
            {connections.data.length > 0 && <ConnectionsHealth connections={connections.data} />}
            {groups.data.length > 0 && <GroupsHealth groups={groups.data} />}
          </div>
        )}
        {!isEmpty && <Numbers house={house} />}
      </Stack>
    </>
  );
}
