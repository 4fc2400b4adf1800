import { ActionIcon, Button, Input, Stack, TextInput } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { focusField } from "../../ui/form";
import type { Row } from "./draft";

interface Props<T> {
  label: string;
  description: ReactNode;
  error: string | undefined;
  path: string;
  rows: Row<T>[];
  /** What belongs to a new name. */
  blank: T;
  onChange: (rows: Row<T>[]) => void;
  /** The field of what belongs to a name; `of` is that name. */
  draw: (value: T, change: (value: T) => void, of: string) => ReactNode;
}

/** Names, and what belongs to each: one row after another. */
export function RowsField<T>({ label, description, error, path, rows, blank, onChange, draw }: Props<T>) {
  const id = useId();
  const changed = (at: number, change: Partial<Row<T>>) => onChange(rows.map((row, place) => (place === at ? { ...row, ...change } : row)));
  // The first row, or the button when there is none, is where the focus goes.
  const pathOf = (at: number) => (at === 0 ? path : `${path}.${at}`);
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} description={description} error={error}>
      <Stack gap="xs" mt={4} align="stretch" role="group" aria-labelledby={id}>
        {rows.map(({ name, value }, at) => {
          const of = name.trim() === "" ? `row ${at + 1}` : name;
          return (
            <div key={at} className="name-row">
              <TextInput
                aria-label={`Name of ${of}`}
                placeholder="Name"
                data-path={pathOf(at)}
                autoComplete="off"
                spellCheck={false}
                value={name}
                onChange={(event) => changed(at, { name: event.currentTarget.value })}
              />
              {draw(value, (next) => changed(at, { value: next }), of)}
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Remove ${of}`} onClick={() => onChange(rows.filter((_, place) => place !== at))}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            </div>
          );
        })}
        <Button
          size="compact-sm"
          variant="default"
          style={{ alignSelf: "flex-start" }}
          leftSection={<IconPlus size={14} aria-hidden />}
          data-path={rows.length === 0 ? path : undefined}
          onClick={() => {
            onChange([...rows, { name: "", value: blank }]);
            focusField(pathOf(rows.length));
          }}
        >
          Add a row
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
