// Deleting one connection or several: what goes with them, what keeps them, and who is the default afterwards.

import { Anchor, Button, Group, List, Modal, NativeSelect, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Connection, connectionList } from "../../api/connections";
import { kapacitorList } from "../../api/kapacitors";
import { seriesList } from "../../api/series";
import { count } from "../../lib/format";
import { showDone, showProblem } from "../../ui/form";
import { deleteWithUndo } from "../../ui/undo";
import { remove, type Row } from "./data";

interface Props {
  rows: Row[];
  /** All that there are. */
  connections: Connection[];
  onClose: () => void;
  /** They are on their way out. */
  onDeleted: () => void;
}

export function DeleteConnections({ rows, connections, onClose, onDeleted }: Props) {
  const queries = useQueryClient();
  const series = useQuery(seriesList);
  const going = new Set(rows.map(({ connection }) => connection.id));
  const writers = (series.data ?? []).filter(({ connection_id: to }) => going.has(to));
  const fromFiles = rows.filter(({ connection }) => connection.origin != null);
  const kapacitors = rows.flatMap((row) => row.kapacitors);
  const staying = connections.filter(({ id }) => !going.has(id)).sort((a, b) => a.created_at.localeCompare(b.created_at));
  const asksSuccessor = rows.some(({ connection }) => connection.default) && staying.length > 0;
  const [chosen, setChosen] = useState<string>();
  const successor = asksSuccessor ? (chosen ?? staying[0]?.id) : undefined;
  const [only] = rows;
  const what = rows.length === 1 && only ? `the connection ${only.connection.name}` : `${count(rows.length)} connections`;
  const impossible = writers.length > 0 || fromFiles.length > 0;

  function confirm() {
    // The default goes last: its successor is not among those that go.
    const ordered = [...rows].sort((a, b) => Number(a.connection.default) - Number(b.connection.default));
    deleteWithUndo({
      id: ordered.map(({ connection }) => connection.id),
      what,
      remove: async () => {
        for (const { connection } of ordered) {
          const next = await remove(connection, connection.default ? successor : undefined);
          if (next !== undefined) showDone(`${next} is the default connection now`);
        }
      },
      settled: () => {
        void queries.invalidateQueries({ queryKey: connectionList.queryKey });
        void queries.invalidateQueries({ queryKey: kapacitorList.queryKey });
      },
      failed: showProblem,
    });
    onDeleted();
  }

  return (
    <Modal opened onClose={onClose} title={`Delete ${what}?`}>
      <Stack gap="sm">
        {fromFiles.length > 0 && (
          <Text size="sm">
            {names(fromFiles)} {fromFiles.length === 1 ? "is" : "are"} defined by files: delete the file, and the connection goes with it.
          </Text>
        )}
        {writers.length > 0 && (
          <div>
            <Text size="sm">
              {writers.length === 1 ? "A series writes" : `${count(writers.length)} series write`} to {rows.length === 1 ? "it" : "them"}. Point{" "}
              {writers.length === 1 ? "it" : "them"} at another connection first:
            </Text>
            <List size="sm" mah={240} style={{ overflow: "auto" }}>
              {writers.map(({ id, name }) => (
                <List.Item key={id}>
                  <Anchor renderRoot={(rest) => <Link to="/series/$series" params={{ series: id }} {...rest} />} className="wrap">
                    {name}
                  </Anchor>
                </List.Item>
              ))}
            </List>
          </div>
        )}
        {!impossible && (
          <Text size="sm">
            {kapacitors.length === 0
              ? "No series writes to it and it has no Kapacitor."
              : `Its ${kapacitors.length === 1 ? "Kapacitor goes" : `${count(kapacitors.length)} Kapacitors go`} with it: ${kapacitors.map(({ name }) => name).join(", ")}.`}{" "}
            The data in InfluxDB stays.
          </Text>
        )}
        {!impossible && asksSuccessor && (
          <NativeSelect
            label="The default connection afterwards"
            description="This one is the default: another one has to take its place"
            data={staying.map(({ id, name }) => ({ value: id, label: name }))}
            value={successor ?? ""}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {impossible ? "Close" : "Keep"}
          </Button>
          {!impossible && (
            <Button color="red" onClick={confirm} loading={series.isPending}>
              Delete
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function names(rows: Row[]): string {
  const shown = rows.slice(0, 3).map(({ connection }) => connection.name);
  return rows.length > shown.length ? `${shown.join(", ")} and ${count(rows.length - shown.length)} more` : shown.join(", ");
}
