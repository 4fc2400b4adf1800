// The intervals whose two sides differ.

import { Button, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Audit, Difference } from "../../api/audits";
import { csvOf } from "../../lib/audits";
import { count } from "../../lib/format";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { Bound } from "../../ui/Bound";
import { type Columns, DataTable, NARROW_PX } from "../../ui/DataTable";
import { saveFile } from "../../ui/saveFile";
import { Section } from "../../ui/Section";

function figure(id: string, header: string, of: (one: Difference) => number, from = NARROW_PX): Columns<Difference>[number] {
  return { id, header, accessorFn: of, meta: { from }, cell: ({ row: { original } }) => <Figure value={of(original)} /> };
}

const COLUMNS: Columns<Difference> = [
  {
    id: "from",
    header: "From",
    accessorFn: ({ from }) => from,
    enableHiding: false,
    cell: ({ row: { original }, table }) => (table.options.meta?.isNarrow === true ? <Card of={original} /> : <Bound at={original.from} />),
  },
  figure("rows", "Rows", ({ rows }) => rows, 900),
  figure("expected", "Expected", ({ points_expected: expected }) => expected),
  figure("points", "Points", ({ points }) => points),
  figure("missing", "Missing", ({ missing }) => missing),
  figure("surplus", "Surplus", ({ surplus }) => surplus),
  figure("rejected", "Rejected", ({ rejected }) => rejected, 900),
  {
    id: "sums",
    header: "Sums that differ",
    accessorFn: ({ sums }) => sums.map(({ measurement, field }) => `${measurement}.${field}`).join(" "),
    meta: { from: 900, share: "32%" },
    // Rows of a wide table are one line high; the file has them all.
    cell: ({ row: { original } }) => <Sums of={original} most={1} />,
  },
];

function Figure({ value }: { value: number }) {
  return value === 0 ? (
    <Text span size="sm" c="dimmed">
      0
    </Text>
  ) : (
    count(value)
  );
}

function Sums({ of: { sums }, most = sums.length }: { of: Difference; most?: number }) {
  return (
    <ul className="audit-sums">
      {sums.slice(0, most).map(({ measurement, field, expected, found }) => (
        <li key={`${measurement} ${field}`} className="wrap">
          <code>
            {measurement}.{field}
          </code>{" "}
          {expected} expected, {found} found
          {sums.length > most && `, and ${count(sums.length - most)} more`}
        </li>
      ))}
    </ul>
  );
}

/** Everything of a row that a narrow window has room for. */
function Card({ of: one }: { of: Difference }) {
  const parts = (["missing", "surplus", "rejected"] as const).filter((what) => one[what] > 0).map((what) => `${count(one[what])} ${what}`);
  return (
    <Stack gap={4} className="card">
      <Bound at={one.from} />
      <Text size="xs">
        {count(one.points)} of {count(one.points_expected)} points of {count(one.rows)} rows
        {parts.length > 0 && `: ${parts.join(", ")}`}
      </Text>
      <Sums of={one} />
    </Stack>
  );
}

export function Differences({ audit }: { audit: Audit }) {
  const { q, sort } = useSearch({ from: "/audits/$audit" });
  const navigate = useNavigate({ from: "/audits/$audit" });
  const { differences, differences_left_out: left } = audit;
  const save = () => saveFile(new Blob([csvOf(differences)], { type: "text/csv" }), "differences.csv");
  return (
    <Section
      title="Differences"
      about={`Each is ${audit.every === "hour" ? "an hour" : `a day of ${audit.zone}`}. Rows that share a point are expected once.`}
      actions={
        <Button size="xs" variant="default" leftSection={<IconDownload size={14} aria-hidden />} onClick={save}>
          Save as CSV
        </Button>
      }
    >
      <DataTable
        label="differences"
        rows={differences}
        columns={COLUMNS}
        id={({ from }) => from}
        search={q ?? ""}
        onSearch={(text) => void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true })}
        sorting={sortingOf(sort)}
        onSorting={(sorting) => void navigate({ search: (now) => ({ ...now, sort: sortOf(sorting) }), replace: true })}
      />
      {left > 0 && (
        <Text size="sm" c="dimmed">
          {count(left)} more differ and are not kept. Read these again, then compare once more.
        </Text>
      )}
    </Section>
  );
}
