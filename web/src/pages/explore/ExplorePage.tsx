import "./explore.css";

import { Anchor, Button, Select, Text } from "@mantine/core";
import { IconFolder, IconPlugConnected } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { type Connection, connectionList, DRIVERS, placeOf } from "../../api/connections";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { Explorer } from "./Explorer";
import { useExplore } from "./useExplore";

/** What is in an InfluxDB: its measurements, a query, a chart and a table. */
export function ExplorePage() {
  const { search, change } = useExplore();
  const connections = useQuery(connectionList);
  const wanted = search.connection;
  const all = connections.data ?? [];
  const chosen =
    wanted === undefined ? (all.find((one) => one.default) ?? all[0]) : (all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted));
  const meant = chosen?.id;
  // Whoever is given the address sees the same, whichever connection is their default.
  useEffect(() => {
    if (wanted === undefined && meant !== undefined) change({ connection: meant }, true);
  });
  return (
    <>
      <PageHead
        title="Explore"
        about="Look at what is in an InfluxDB. Nothing here writes."
        actions={
          all.length > 0 && (
            <Select
              aria-label="Connection"
              w={260}
              maw="100%"
              searchable
              allowDeselect={false}
              nothingFoundMessage="No connection is called that"
              leftSection={<IconPlugConnected size={16} aria-hidden />}
              data={all.map(({ id, name }) => ({ value: id, label: name }))}
              value={meant ?? null}
              placeholder="Choose a connection"
              onChange={(id) => id !== null && change(onAnother(id, search))}
              renderOption={({ option }) => <ConnectionOption connection={all.find(({ id }) => id === option.value)} />}
            />
          )
        }
      />
      {connections.isPending && <Loading />}
      {connections.error && <Problem error={connections.error} retry={() => void connections.refetch()} />}
      {connections.data && <Body connection={chosen} isEmpty={all.length === 0} />}
    </>
  );
}

/** Of what was chosen, only the time means anything on another connection. */
function onAnother(connection: string, { range, from, to }: ReturnType<typeof useExplore>["search"]) {
  const nothing = {
    place: undefined, policy: undefined, measurement: undefined, fields: undefined, tags: undefined, group: undefined, aggregate: undefined,
    window: undefined, language: undefined, query: undefined,
  };
  return { ...nothing, connection, range, from, to };
}

function Body({ connection, isEmpty }: { connection: Connection | undefined; isEmpty: boolean }) {
  if (isEmpty) {
    return (
      <Empty
        icon={IconPlugConnected}
        title="No connection yet"
        actions={<Button renderRoot={(rest) => <Link to="/connections/new" {...rest} />}>Add connection</Button>}
      >
        A connection says how to reach an InfluxDB. Add one, and its measurements are shown here.
      </Empty>
    );
  }
  if (connection === undefined) {
    return (
      <Empty icon={IconPlugConnected} title="There is no such connection">
        It may have been renamed or deleted. Choose another one above.
      </Empty>
    );
  }
  if (connection.driver === "file") {
    return (
      <Empty icon={IconFolder} title="A folder answers no questions">
        {connection.name} writes files of line protocol to <span className="mono wrap">{placeOf(connection)}</span>. To look at their points, choose the
        connection of the InfluxDB that reads them.{" "}
        <Anchor renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: connection.id }} {...rest} />}>
          Open the connection
        </Anchor>
      </Empty>
    );
  }
  return <Explorer key={connection.id} connection={connection} />;
}

function ConnectionOption({ connection }: { connection: Connection | undefined }) {
  if (connection === undefined) return null;
  return (
    <div>
      <Text size="sm" className="wrap">
        {connection.name}
      </Text>
      <Text size="xs" c="dimmed">
        {DRIVERS[connection.driver]}
        {connection.default && " · default"}
      </Text>
    </div>
  );
}
