import { Button, Group, Input, PasswordInput, Text, Textarea } from "@mantine/core";
import { useId } from "@mantine/hooks";
import type { ReactNode } from "react";
import { When } from "./When";

/** What becomes of a secret: `undefined` keeps it, `null` forgets it, a text replaces it. */
export type SecretChange = string | null | undefined;

/** What the server says of a secret that it keeps. */
interface Kept {
  set: boolean;
  updated_at?: string | null;
}

interface StateProps {
  label: string;
  is: "kept" | "cleared";
  kept?: Kept | undefined;
  error?: string | undefined;
  description?: ReactNode;
  path?: string | undefined;
  onKeep: () => void;
  onReplace: () => void;
  onClear: () => void;
}

/** A secret that nobody is writing: it is set, and can be replaced or cleared, or it will be forgotten. */
export function SecretState({ label, is, kept, error, description, path, onKeep, onReplace, onClear }: StateProps) {
  const id = useId();
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} error={error} {...(is === "kept" && { description })}>
      {is === "kept" ? (
        <Group gap="xs" mt={description === undefined ? 0 : 4} role="group" aria-labelledby={id}>
          <Text size="sm">Set {kept?.updated_at != null && <When at={kept.updated_at} />}</Text>
          <Button size="xs" variant="default" onClick={onReplace} aria-label={`Replace ${label}`} data-path={path}>
            Replace
          </Button>
          <Button size="xs" variant="default" onClick={onClear} aria-label={`Clear ${label}`}>
            Clear
          </Button>
        </Group>
      ) : (
        <Group gap="xs" role="group" aria-labelledby={id}>
          <Text size="sm">Will be forgotten when you save</Text>
          <Button size="xs" variant="default" onClick={onKeep} data-path={path}>
            Keep it
          </Button>
        </Group>
      )}
    </Input.Wrapper>
  );
}

interface Props {
  label: string;
  /** What the server says of the one that is kept; undefined while nothing is stored yet. */
  kept?: Kept | null | undefined;
  change: SecretChange;
  onChange: (change: SecretChange) => void;
  error?: string | undefined;
  /** Why the kept one must be given again: the destination changed. */
  again?: string | undefined;
  description?: ReactNode;
  /** The form's name of it: where the focus goes when the server refuses it. */
  path?: string | undefined;
  /** It has several lines, as a key in PEM has. */
  multiline?: boolean;
  /** It is marked as needed. */
  withAsterisk?: boolean;
}

/** A secret that goes in and never comes out: set since when, replace, clear. */
export function SecretField({ label, kept, change, onChange, error, again, description, path, multiline = false, withAsterisk = false }: Props) {
  const isKept = kept?.set === true && again === undefined;
  if (change === null || (isKept && change === undefined)) {
    return (
      <SecretState
        label={label}
        is={change === null ? "cleared" : "kept"}
        kept={kept ?? undefined}
        error={error}
        description={description}
        path={path}
        onKeep={() => onChange(undefined)}
        onReplace={() => onChange("")}
        onClear={() => onChange(null)}
      />
    );
  }
  const taken = (text: string) => onChange(text === "" && !isKept ? undefined : text);
  const shared = { label, withAsterisk, description: again ?? description, error, value: change ?? "", autoComplete: "new-password", "data-path": path, "aria-invalid": error !== undefined };
  const keep = (
    <Button size="compact-xs" variant="subtle" onClick={() => onChange(undefined)} aria-label={`Keep ${label}`}>
      Keep
    </Button>
  );
  if (multiline) {
    return (
      <>
        <Textarea
          {...shared}
          autosize
          minRows={3}
          maxRows={8}
          spellCheck={false}
          classNames={{ input: "mono secret" }}
          onChange={(event) => taken(event.currentTarget.value)}
        />
        {isKept && keep}
      </>
    );
  }
  return (
    <PasswordInput
      {...shared}
      onChange={(event) => taken(event.currentTarget.value)}
      {...(isKept ? { rightSection: keep, rightSectionWidth: 60 } : {})}
    />
  );
}
