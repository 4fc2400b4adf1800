// What can be read in a database, each table one step from its query.

import { Button, Group, Text, UnstyledButton } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Database, tablesOf } from "../../api/databases";
import { count } from "../../lib/format";
import type { Table } from "../../lib/tables";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";

/** How many are shown at first; whoever wants one of thousands searches in the editor. */
const FIRST = 8;
const MOST = 200;
/** How many columns are named. */
const NAMED = 6;

export function TablesPart({ database }: { database: Database }) {
  const { data, error, isFetching, refetch } = useQuery(tablesOf(database));
  const [isWhole, setWhole] = useState(false);
  const tables = data?.items ?? [];
  const shown = tables.slice(0, isWhole ? MOST : FIRST);
  return (
    <Section
      title="Tables"
      about={data && tables.length > 0 && `${count(tables.length)}${data.truncated ? " and more" : ""} can be read`}
      actions={
        data && (
          <Button size="compact-xs" variant="subtle" loading={isFetching} onClick={() => void refetch()}>
            Look again
          </Button>
        )
      }
    >
      {error !== null && data === undefined && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading lines={3} />}
      {data !== undefined && tables.length === 0 && (
        <Text size="sm" c="dimmed">
          The account may read no table. Grant it SELECT on what it is to read, then look again.
        </Text>
      )}
      {shown.length > 0 && (
        <ul className="tables-of" aria-label="Tables">
          {shown.map((table) => (
            <li key={table.sql}>
              <div style={{ minWidth: 0, flex: "1 1 200px" }}>
                <Text size="sm" fw={600} className="wrap">
                  {table.sql}
                  {table.kind === "view" && (
                    <Text span size="xs" c="dimmed" fw={400}>
                      {" "}
                      view
                    </Text>
                  )}
                </Text>
                <Text size="xs" c="dimmed" className="wrap">
                  {columnsOf(table)}
                </Text>
              </div>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconPencil size={14} aria-hidden />}
                aria-label={`Write a query of ${table.name}`}
                renderRoot={(rest) => <Link to="/queries/new" search={{ database: database.id, table: table.sql }} {...rest} />}
              >
                Write a query
              </Button>
            </li>
          ))}
        </ul>
      )}
      {!isWhole && tables.length > FIRST && (
        <Group>
          <UnstyledButton fz="sm" c="var(--mantine-color-anchor)" mih={24} onClick={() => setWhole(true)}>
            Show {tables.length > MOST ? count(MOST) : "all"} {tables.length <= MOST && count(tables.length)}
          </UnstyledButton>
        </Group>
      )}
      {isWhole && (tables.length > MOST || data?.truncated === true) && (
        <Text size="sm" c="dimmed">
          The others are found by the search beside a query’s editor.
        </Text>
      )}
    </Section>
  );
}

function columnsOf({ columns }: Table): string {
  const named = columns.slice(0, NAMED).map(({ name }) => name).join(", ");
  return columns.length > NAMED ? `${named} and ${count(columns.length - NAMED)} more` : named;
}
