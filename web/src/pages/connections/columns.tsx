// The columns of the list of connections. What is searched and sorted is what the accessors give.

import { Anchor, Badge, Group } from "@mantine/core";
import { IconStar } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type Driver, placeOf, writtenTo } from "../../api/connections";
import type { Columns } from "../../ui/DataTable";
import { OriginBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";
import { AnyoneBadge, ConnectionState } from "./ConnectionState";
import type { Row } from "./data";
import { KapacitorChooser } from "./KapacitorChooser";

const SHORT: Record<Driver, string> = { v1: "V1", v2: "V2", v3: "V3", file: "File" };

export const columns: Columns<Row> = [
  {
    id: "name",
    header: "Name",
    accessorFn: ({ connection }) => connection.name,
    enableHiding: false,
    cell: ({ row: { original } }) => (
      <Group gap="xs" wrap="nowrap">
        <Anchor
          renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: original.connection.id }} {...rest} />}
          size="sm"
          fw={600}
          className="cut"
          title={original.connection.name}
          onClick={(event) => event.stopPropagation()}
        >
          {original.connection.name}
        </Anchor>
        {original.connection.default && <DefaultBadge />}
      </Group>
    ),
  },
  {
    id: "state",
    header: "State",
    accessorFn: ({ connection }) => (connection.gone ? "gone" : connection.state),
    cell: ({ row: { original } }) => (
      <Group gap="xs" wrap="nowrap">
        <ConnectionState of={original.connection} />
        {original.connection.insecure_skip_verify === true && <AnyoneBadge />}
      </Group>
    ),
  },
  { id: "driver", header: "Driver", accessorFn: ({ connection }) => SHORT[connection.driver] },
  {
    id: "where",
    header: "Where",
    accessorFn: ({ connection }) => placeOf(connection),
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
    cell: ({ getValue }) => <span title={String(getValue())}>{String(getValue())}</span>,
  },
  {
    id: "kapacitor",
    header: "Kapacitor",
    accessorFn: ({ kapacitors }) => kapacitors.find(({ active }) => active)?.name ?? "",
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
    cell: ({ row: { original } }) => (original.connection.last_check == null ? "never" : <When at={original.connection.last_check.at} />),
  },
  {
    id: "origin",
    header: "Defined by",
    accessorFn: ({ connection }) => connection.origin ?? "",
    cell: ({ row: { original } }) => (original.connection.origin == null ? "people" : <OriginBadge origin={original.connection.origin} />),
  },
];

export function DefaultBadge() {
  return (
    <Badge variant="light" tt="none" leftSection={<IconStar size={12} aria-hidden />} style={{ flexShrink: 0 }}>
      Default
    </Badge>
  );
}
