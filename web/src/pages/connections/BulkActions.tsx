// What can be done with the connections that are selected.

import { Button, Group, Text } from "@mantine/core";
import { IconEdit, IconStar, IconStethoscope, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { type Connection, connectionList } from "../../api/connections";
import { Refusal } from "../../api/client";
import { count } from "../../lib/format";
import { showProblem } from "../../ui/form";
import { check, makeDefault, type Row } from "./data";

export function BulkActions({ rows, onDelete }: { rows: Row[]; onDelete: () => void }) {
  const queries = useQueryClient();
  const [said, setSaid] = useState<string>();
  const [running, setRunning] = useState(false);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);

  /** One after another: the server lets only a few run at once. */
  async function checkAll() {
    setRunning(true);
    let failed = 0;
    for (const [at, { connection }] of rows.entries()) {
      if (!here.current) break;
      setSaid(`Checking ${count(at + 1)} of ${count(rows.length)}: ${connection.name}`);
      try {
        if (!(await check(queries, connection)).passed) failed += 1;
      } catch (error) {
        failed += 1;
        showProblem(error);
        // The server has had enough for now: the others would be refused as well.
        if (error instanceof Refusal && error.kind === "too_many_checks") break;
      }
    }
    setRunning(false);
    setSaid(failed === 0 ? `${count(rows.length)} checked, every step passed` : `${count(failed)} of ${count(rows.length)} failed`);
    await queries.invalidateQueries({ queryKey: connectionList.queryKey, exact: true });
  }

  const only = rows.length === 1 ? rows[0]?.connection : undefined;
  const choice = useMutation({ mutationFn: (chosen: Connection) => makeDefault(queries, chosen), onError: showProblem });
  return (
    <Group gap="xs" role="toolbar" aria-label="Selected connections">
      <Text size="sm" fw={600}>
        {count(rows.length)} selected
      </Text>
      {only !== undefined && only.origin == null && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconEdit size={14} aria-hidden />}
          renderRoot={(rest) => <Link to="/connections/$connection/edit" params={{ connection: only.id }} {...rest} />}
        >
          Edit
        </Button>
      )}
      <Button size="xs" variant="default" leftSection={<IconStethoscope size={14} aria-hidden />} onClick={() => void checkAll()} loading={running}>
        Check
      </Button>
      {only !== undefined && !only.default && (
        <Button size="xs" variant="default" leftSection={<IconStar size={14} aria-hidden />} onClick={() => choice.mutate(only)} loading={choice.isPending}>
          Make default
        </Button>
      )}
      <Button size="xs" variant="default" leftSection={<IconTrash size={14} aria-hidden />} onClick={onDelete}>
        Delete
      </Button>
      <Text size="sm" c="dimmed" role="status">
        {said}
      </Text>
    </Group>
  );
}
