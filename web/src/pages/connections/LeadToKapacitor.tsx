// What was pasted is a Kapacitor: it belongs to a connection, and its form stands there.

import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Connection, connectionList } from "../../api/connections";
import type { PastedKapacitor } from "../../lib/pasted";
import { handOver } from "../../ui/handed";

/** Leads to the form of a new Kapacitor, filled in with this one. */
export function LeadToKapacitor({ kapacitor }: { kapacitor: PastedKapacitor }) {
  const { data: connections } = useQuery(connectionList);
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string>();
  if (connections === undefined) return null;
  const connection = chosen ?? ownerOf(kapacitor, connections)?.id;
  if (connection === undefined) {
    return (
      <Text size="sm">
        This is a Kapacitor, which belongs to a connection. Add the connection of its InfluxDB here; the form of the Kapacitor follows, filled in.
      </Text>
    );
  }
  return (
    <>
      <Text size="sm">This is a Kapacitor, which belongs to a connection.</Text>
      <Group gap="xs" align="flex-end">
        <NativeSelect
          size="xs"
          label="Connection that it belongs to"
          data={connections.map(({ id, name }) => ({ value: id, label: name }))}
          value={connection}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
        <Button
          size="xs"
          onClick={() => {
            handOver(connection, kapacitor);
            void navigate({ to: "/connections/$connection/kapacitors/new", params: { connection } });
          }}
        >
          Add Kapacitor
        </Button>
      </Group>
    </>
  );
}

/** The connection that a file numbers, else one on the same machine, else the default one. */
function ownerOf({ connection: number, url }: PastedKapacitor, connections: Connection[]): Connection | undefined {
  const host = (address: string) => (URL.canParse(address) ? new URL(address).hostname : undefined);
  return (
    connections.find((one) => number !== undefined && one.number === number) ??
    connections.find((one) => one.driver !== "file" && host(one.url) === host(url)) ??
    connections.find((one) => one.default) ??
    connections[0]
  );
}
