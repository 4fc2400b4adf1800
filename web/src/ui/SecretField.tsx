import { Button, Group, Input, PasswordInput, Text } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { When } from "./When";

/** What becomes of a secret: `undefined` keeps it, `null` forgets it, a text replaces it. */
export type SecretChange = string | null | undefined;

interface Props {
  label: string;
  /** What the server says of the one that is kept; undefined while nothing is stored yet. */
  kept?: { set: boolean; updated_at?: string | null } | undefined;
  change: SecretChange;
  onChange: (change: SecretChange) => void;
  error?: string | undefined;
  /** Why the kept one must be given again: the destination changed. */
  again?: string | undefined;
  description?: string | undefined;
}

/** A secret that goes in and never comes out: set since when, replace, clear. */
export function SecretField({ label, kept, change, onChange, error, again, description }: Props) {
  const id = useId();
  const isKept = kept?.set === true && again === undefined;
  if (isKept && change === undefined) {
    return (
      <Input.Wrapper label={label} id={id} error={error} description={description}>
        <Group gap="xs" aria-labelledby={id}>
          <Text size="sm">Set {kept.updated_at != null && <When at={kept.updated_at} />}</Text>
          <Button size="xs" variant="default" onClick={() => onChange("")} aria-label={`Replace ${label}`}>
            Replace
          </Button>
          <Button size="xs" variant="default" color="red" onClick={() => onChange(null)} aria-label={`Clear ${label}`}>
            Clear
          </Button>
        </Group>
      </Input.Wrapper>
    );
  }
  if (change === null) {
    return (
      <Input.Wrapper label={label} id={id} error={error}>
        <Group gap="xs">
          <Text size="sm">Will be forgotten when you save</Text>
          <Button size="xs" variant="default" onClick={() => onChange(undefined)}>
            Keep it
          </Button>
        </Group>
      </Input.Wrapper>
    );
  }
  return (
    <PasswordInput
      label={label}
      description={again ?? description}
      value={change ?? ""}
      error={error}
      autoComplete="new-password"
      onChange={(event) => onChange(event.currentTarget.value === "" && !isKept ? undefined : event.currentTarget.value)}
      rightSection={
        isKept ? (
          <Button size="compact-xs" variant="subtle" onClick={() => onChange(undefined)}>
            Keep
          </Button>
        ) : undefined
      }
      {...(isKept ? { rightSectionWidth: 60 } : {})}
    />
  );
}
