// The columns of the list of connections. What is searched and sorted is what the accessors give.

import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { IconStar } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type Connection, type Driver, placeOf, writtenTo } from "../../api/connections";
import { type Columns, NARROW_PX } from "../../ui/DataTable";
import { OriginBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";
import { AnyoneBadge, ConnectionState, HoldBadge } from "./ConnectionState";
import type { Row } from "./data";
import { KapacitorChooser } from "./KapacitorChooser";
import { Strip } from "./Strip";

const SHORT: Record<Driver, string> = { v1: "V1", v2: "V2", v3: "V3", file: "File" };

export const columns: Columns<Row> = [
  {
    id: "name",
    header: "Name",
    accessorFn: ({ connection }) => connection.name,
    enableHiding: false,
    meta: { share: "34%" },
    cell: ({ row: { original }, table }) => (table.options.meta?.isNarrow === true ? <Card row={original} /> : <Name of={original.connection} />),
  },
  {
    id: "state",
    header: "State",
    accessorFn: ({ connection, hold }) => `${connection.gone ? "gone" : connection.state}${hold === undefined ? "" : " on hold"}`,
    meta: { from: NARROW_PX },
    cell: ({ row: { original } }) => (
      <Group gap="xs" wrap="nowrap">
        <ConnectionState of={original.connection} />
        <HoldBadge hold={original.hold} />
        {original.connection.insecure_skip_verify === true && <AnyoneBadge />}
      </Group>
    ),
  },
  {
    id: "health",
    header: "Health",
    meta: { from: 1_100 },
    cell: ({ row: { original } }) => <Strip of={original.connection} />,
  },
  { id: "driver", header: "Driver", accessorFn: ({ connection }) => SHORT[connection.driver], meta: { from: 1_440 } },
  {
    id: "where",
    header: "Where",
    accessorFn: ({ connection }) => placeOf(connection),
    meta: { from: NARROW_PX, share: "30%" },
    cell: ({ getValue }) => (
      <span className="mono" title={String(getValue())}>
        {String(getValue())}
      </span>
    ),
  },
  {
    id: "written",
    header: "Written to",
    accessorFn: ({ connection }) => writtenTo(connection),
    meta: { from: 900, share: "14%" },
    cell: ({ getValue }) => <span title={String(getValue())}>{String(getValue())}</span>,
  },
  {
    id: "kapacitor",
    header: "Kapacitor",
    accessorFn: ({ kapacitors }) => kapacitors.find(({ active }) => active)?.name ?? "",
    meta: { from: 900 },
    cell: ({ row: { original } }) => (
      // What is clicked in a menu is not a click on its row, though React tells it so.
      <div onClick={(event) => event.stopPropagation()}>
        <KapacitorChooser row={original} />
      </div>
    ),
  },
  {
    id: "checked",
    header: "Last check",
    accessorFn: ({ connection }) => connection.last_check?.at ?? "",
    meta: { from: 1_440 },
    cell: ({ row: { original } }) => (original.connection.last_check == null ? "never" : <When at={original.connection.last_check.at} />),
  },
  {
    id: "origin",
    header: "Defined by",
    accessorFn: ({ connection }) => connection.origin ?? "",
    // The name tells it of those that people did not make.
    meta: { from: Number.POSITIVE_INFINITY },
    cell: ({ row: { original } }) => (original.connection.origin == null ? "people" : <OriginBadge origin={original.connection.origin} />),
  },
];

function Name({ of: connection, wraps = false }: { of: Connection; wraps?: boolean }) {
  return (
    <Group gap="xs" wrap={wraps ? "wrap" : "nowrap"}>
      <Anchor
        renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: connection.id }} {...rest} />}
        size="sm"
        fw={600}
        className={wraps ? "wrap" : "shortened"}
        title={connection.name}
        onClick={(event) => event.stopPropagation()}
      >
        {connection.name}
      </Anchor>
      {connection.default && <DefaultBadge />}
      <OriginBadge origin={connection.origin} />
    </Group>
  );
}

/** Everything of a row that a narrow window has room for. */
function Card({ row: { connection, kapacitors, hold } }: { row: Row }) {
  const active = kapacitors.find((kapacitor) => kapacitor.active);
  return (
    <Stack gap={4} className="card">
      <Name of={connection} wraps />
      <Group gap="xs">
        <ConnectionState of={connection} />
        <HoldBadge hold={hold} />
        {connection.insecure_skip_verify === true && <AnyoneBadge />}
      </Group>
      <Text size="xs" className="mono">
        {placeOf(connection)}
      </Text>
      <Text size="xs">
        {writtenTo(connection)}
        {active && ` · Kapacitor ${active.name}`}
      </Text>
    </Stack>
  );
}

export function DefaultBadge() {
  return (
    <Badge variant="light" tt="none" leftSection={<IconStar size={12} aria-hidden />} style={{ flexShrink: 0 }}>
      Default
    </Badge>
  );
}
