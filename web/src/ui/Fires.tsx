// The coming slots of a schedule, as the server computed them: in the group's zone and in the viewer's.

import { Table, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { localTime, ownZone } from "../lib/zones";
import { When } from "./When";
import "./stacks.css";

export interface Fire {
  at: string;
  local: string;
  note?: string | null;
}

/** `zone`: the group's. The viewer's column is left out where both are the same. */
export function Fires({ fires, zone, label = "Next slots" }: { fires: Fire[]; zone: string; label?: string }) {
  const mine = ownZone();
  const both = mine !== zone;
  if (fires.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        There is no slot to come
      </Text>
    );
  }
  return (
    <div className="scrolls" tabIndex={0} role="region" aria-label={label}>
      <Table aria-label={label} role="table" className="stacks" verticalSpacing={4} withRowBorders={false} w="auto">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{zone}</Table.Th>
            {both && <Table.Th>{mine} (here)</Table.Th>}
            <Table.Th>From now</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fires.map(({ at, local, note }) => (
            <Table.Tr key={at} role="row">
              <Table.Td role="cell" style={{ whiteSpace: "nowrap" }}>
                {local}
                {note != null && (
                  <Text size="xs" style={{ whiteSpace: "normal" }} maw={360}>
                    <IconInfoCircle size={13} aria-hidden style={{ verticalAlign: "-2px" }} /> {note}
                  </Text>
                )}
              </Table.Td>
              {both && (
                <Table.Td role="cell" data-head="here" style={{ whiteSpace: "nowrap" }}>
                  {localTime(at)}
                </Table.Td>
              )}
              <Table.Td role="cell" style={{ whiteSpace: "nowrap" }}>
                <When at={at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
