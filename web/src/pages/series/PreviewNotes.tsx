// What the preview warns of, in words, with what to do about it.

import { Anchor, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleX, IconHighlight, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Engine } from "../../api/databases";
import { count, sentence } from "../../lib/format";
import { cast, type FieldType, TYPE_WORDS, type TypeConflict } from "../../lib/fieldTypes";
import { type Crowd, identityOf } from "../../lib/lineProtocol";
import { doubt, type ResultColumn, type Role } from "../../lib/roles";
import { rowWords } from "../../lib/rowWords";
import { tellingColumns } from "../../lib/telling";
import type { Preview, Verdict } from "./data";

interface Props {
  preview: Preview;
  crowd: Crowd;
  /** Fields that InfluxDB has with another type. */
  conflicts: TypeConflict[];
  /** Of the database that is read, once it is known. */
  engine: Engine | undefined;
  onRole?: ((column: string, role: Role) => void) | undefined;
  onChoose: (row: number) => void;
  /** Rows that are marked, and marking those of a verdict. */
  marked: ReadonlySet<number>;
  onMark: (rows: number[]) => void;
}

const MOST_REJECTS = 5;

export function PreviewNotes({ preview, crowd, conflicts, engine, onRole, onChoose, marked, onMark }: Props) {
  const { rows, columns, rejected, skipped } = preview;
  const rejects = rows.flatMap((row, at) => (row.reject == null ? [] : [{ at, reason: row.reject }]));
  const collapsed = crowd.twins.size;
  const telling = collapsed === 0 || !onRole ? [] : candidates(preview);
  const doubts = columns.flatMap((column, at) => {
    const why = column.role === "tag" || column.role === "field" ? doubt(column.role, column, rows.map(({ values }) => values[at])) : undefined;
    return why === undefined || column.role === "field" ? [] : [{ column, why }];
  });
  const rowsOf = (kind: Verdict["kind"]) => {
    const found = preview.verdicts.find((verdict) => verdict.kind === kind);
    return found && <MarkRows verdict={found} marked={marked} onMark={onMark} />;
  };
  // What is told above with what to do about it at once is not told twice.
  const told = new Set<Verdict["kind"]>([...(collapsed > 0 ? (["collapse"] as const) : []), ...(conflicts.length > 0 ? (["type_conflict"] as const) : [])]);
  return (
    <Stack gap={8} role="status" aria-label="What the preview tells">
      {rejected > 0 && (
        <Note warns>
          {count(rejected)} of {count(rows.length)} rows cannot be written:
          <List size="sm" mt={2}>
            {rejects.slice(0, MOST_REJECTS).map(({ at, reason }) => (
              <List.Item key={at}>
                <Anchor component="button" type="button" size="sm" onClick={() => onChoose(at)}>
                  row {at + 1}
                </Anchor>
                : {reason}
              </List.Item>
            ))}
            {rejects.length > MOST_REJECTS && <List.Item>and {count(rejects.length - MOST_REJECTS)} more</List.Item>}
          </List>
        </Note>
      )}
      {collapsed > 0 && (
        <Note warns>
          {count(crowd.points + collapsed)} rows collapse into {count(crowd.points)} {crowd.points === 1 ? "point" : "points"}: rows that agree in measurement,
          tags and time are one point to InfluxDB, and the last one wins.{" "}
          {telling.length === 0 ? "Add a tag or a time column that tells them apart." : "This tells them apart:"}
          {onRole && telling.length > 0 && (
            <Group gap="xs" mt={4}>
              {telling.slice(0, 3).map((column) => (
                <Button key={column} size="compact-xs" variant="default" onClick={() => onRole(column, "tag")}>
                  Make {column} a tag
                </Button>
              ))}
            </Group>
          )}
          {rowsOf("collapse")}
        </Note>
      )}
      {doubts.map(({ column, why }) => (
        <Note key={column.name} warns>
          <b>{column.name}</b> is a tag. {why}{" "}
          {onRole && (
            <Button size="compact-xs" variant="default" onClick={() => onRole(column.name, "field")}>
              Make {column.name} a field
            </Button>
          )}
        </Note>
      ))}
      {conflicts.map(({ field, ours, theirs }) => (
        <Note key={field} warns>
          <b>{field}</b> would be written as {TYPE_WORDS[ours]}, and the measurement has it as {TYPE_WORDS[theirs]}: InfluxDB refuses such points.
          <Casting field={field} to={theirs} engine={engine} />
          {onRole && (
            <>
              {" "}
              <Button size="compact-xs" variant="default" onClick={() => onRole(field, "unused")}>
                Leave {field} out
              </Button>
            </>
          )}
          {conflicts.length === 1 && rowsOf("type_conflict")}
        </Note>
      ))}
      {preview.verdicts.map((verdict, at) => (
        !told.has(verdict.kind) && (
          <Note key={at} tone={verdict.severity}>
            {sentence(verdict.message)}.{verdict.advice != null && ` ${sentence(verdict.advice)}.`}
            <MarkRows verdict={verdict} marked={marked} onMark={onMark} />
          </Note>
        )
      ))}
      {skipped > 0 && <Note>{count(skipped)} rows have no field left and are skipped.</Note>}
      {preview.values_omitted > 0 && <Note>{count(preview.values_omitted)} values that are no number are left out of their points.</Note>}
      {preview.values_truncated > 0 && <Note>{count(preview.values_truncated)} texts are cut to what the server takes.</Note>}
    </Stack>
  );
}

/** Columns that the mapping names and the result has not: nothing is written before they are left out, or are there again. */
export function LostColumns({ columns, onRole }: { columns: string[]; onRole: Props["onRole"] }) {
  return columns.map((column) => (
    <Note key={column} warns>
      The result has no column <b>{column}</b> any more.{" "}
      {onRole && (
        <Button size="compact-xs" variant="default" onClick={() => onRole(column, "unused")}>
          Leave it out
        </Button>
      )}
    </Note>
  ));
}

function Casting({ field, to, engine }: { field: string; to: FieldType; engine: Engine | undefined }) {
  const text = engine && cast(field, to, engine);
  if (text === undefined) return null;
  return (
    <>
      {" "}
      Cast it in the query: <Code>{text}</Code>
    </>
  );
}

/** Columns that are no part of a point's identity yet and would tell the twins apart. */
function candidates({ columns, rows }: Preview): string[] {
  const groups = rows.map(({ line }) => {
    if (line == null) return undefined;
    const { series, time } = identityOf(line);
    return `${series}\n${time}`;
  });
  const free = (column: ResultColumn & { role: Role }) => column.role === "field" || column.role === "unused";
  return tellingColumns(columns, rows.map(({ values }) => values), groups).filter((name) => columns.some((column) => column.name === name && free(column)));
}

/** Which rows a verdict is about, and marking them. */
function MarkRows({ verdict: { rows, count: many, message }, marked, onMark }: { verdict: Verdict; marked: ReadonlySet<number>; onMark: (rows: number[]) => void }) {
  if (rows.length === 0) return null;
  const places = rows.map((row) => row - 1);
  const isMarked = marked.size === places.length && places.every((row) => marked.has(row));
  return (
    <div>
      <Button
        size="compact-xs"
        variant={isMarked ? "light" : "default"}
        leftSection={<IconHighlight size={13} aria-hidden />}
        aria-pressed={isMarked}
        aria-label={`Mark ${rowWords(rows, many)}: ${message}`}
        onClick={() => onMark(isMarked ? [] : places)}
        mt={4}
      >
        Mark {rowWords(rows, many)}
      </Button>
    </div>
  );
}

const NOTE = {
  error: { icon: IconCircleX, color: "red", name: "Error" },
  warning: { icon: IconAlertTriangle, color: "yellow", name: "Warning" },
  note: { icon: IconInfoCircle, color: "blue", name: "Note" },
} as const;

function Note({ warns = false, tone = warns ? "warning" : "note", children }: { warns?: boolean; tone?: keyof typeof NOTE; children: ReactNode }) {
  const { icon: Mark, color, name } = NOTE[tone];
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <Mark size={18} color={`var(--mantine-color-${color}-filled)`} role="img" aria-label={name} style={{ flexShrink: 0, marginTop: 2 }} />
      <Text size="sm" component="div" className="wrap" style={{ minWidth: 0 }}>
        {children}
      </Text>
    </Group>
  );
}
