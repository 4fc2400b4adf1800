import { Button, Code, Grid, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { isRemembered, KINDS, type Parameter, type ParameterKind } from "../../lib/parameters";
import { BOUND_BY_THE_RUN } from "../../lib/placeholders";
import { Section } from "../../ui/Section";
import type { ShownParameter, Times } from "./draft";

const KIND_CHOICES = Object.entries(KINDS).map(([value, label]) => ({ value, label }));
const EXAMPLES: Record<ParameterKind, string> = { text: "", integer: "100", float: "0.5", boolean: "true", instant: "2026-11-21T14:05:00Z" };

interface Props {
  shown: ShownParameter[];
  bound: (keyof Times)[];
  given: Record<string, string>;
  times: Times;
  errors: Record<string, unknown>;
  onDeclare: (parameter: Parameter) => void;
  onForget: (name: string) => void;
  onGive: (name: string, value: string) => void;
  onTimes: (times: Times) => void;
}

/** The placeholders that the text has: what each takes, its default, and its value for a try. */
export function ParameterFields({ shown, bound, given, times, errors, onDeclare, onForget, onGive, onTimes }: Props) {
  if (shown.length === 0 && bound.length === 0) return null;
  const error = (field: string) => (typeof errors[field] === "string" ? errors[field] : undefined);
  return (
    <Section title="Placeholders">
      <Stack gap="md">
        {shown.map(({ used, ...parameter }) => {
          const { name, kind, default: preset } = parameter;
          return (
            <div key={name} role="group" aria-label={`Placeholder :${name}`}>
              <Group gap="xs" mb={4}>
                <Code>:{name}</Code>
                {!used && (
                  <>
                    <Text size="sm" c="dimmed">
                      Not in the text any more
                    </Text>
                    <Button size="compact-xs" variant="default" onClick={() => onForget(name)} aria-label={`Remove :${name}`}>
                      Remove
                    </Button>
                  </>
                )}
              </Group>
              <Grid gap="xs">
                <Grid.Col span={{ base: 12, xs: 4 }}>
                  <NativeSelect
                    label="Type"
                    data={KIND_CHOICES}
                    value={kind}
                    error={error(`kind.${name}`)}
                    data-path={`kind.${name}`}
                    onChange={(event) => onDeclare({ ...parameter, kind: event.currentTarget.value as ParameterKind })}
                  />
                </Grid.Col>
                <Grid.Col span={{ base: 12, xs: 4 }}>
                  <TextInput
                    label="Default"
                    placeholder="none"
                    value={preset ?? ""}
                    error={error(`default.${name}`)}
                    data-path={`default.${name}`}
                    onChange={(event) => onDeclare({ ...parameter, default: event.currentTarget.value })}
                  />
                </Grid.Col>
                {used && (
                  <Grid.Col span={{ base: 12, xs: 4 }}>
                    <TextInput
                      label="Value to try"
                      placeholder={preset || EXAMPLES[kind]}
                      description={isRemembered(name) ? undefined : "Not remembered: it may be a secret"}
                      inputWrapperOrder={["label", "input", "description", "error"]}
                      autoComplete="off"
                      value={given[name] ?? ""}
                      error={error(`values.${name}`)}
                      data-path={`values.${name}`}
                      onChange={(event) => onGive(name, event.currentTarget.value)}
                    />
                  </Grid.Col>
                )}
              </Grid>
            </div>
          );
        })}
        {bound.length > 0 && <BoundTimes bound={bound} times={times} error={error} onTimes={onTimes} />}
      </Stack>
    </Section>
  );
}

const TAKEN: Record<keyof Times, string> = {
  window_start: "an hour before the slot", window_end: "the slot", slot: "now",
};

function BoundTimes({ bound, times, error, onTimes }: { bound: (keyof Times)[]; times: Times; error: (field: string) => string | undefined; onTimes: Props["onTimes"] }) {
  // One end of a window needs the other.
  const hasWindow = bound.some((name) => name !== "slot");
  const shown = [...(hasWindow ? (["window_start", "window_end"] as const) : []), ...(bound.includes("slot") ? (["slot"] as const) : [])];
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        Each run binds these by itself. For a try, choose other times than those that are taken when they are blank.
      </Text>
      <Grid gap="xs">
        {shown.map((name) => (
          <Grid.Col key={name} span={{ base: 12, xs: 6 }}>
            <TextInput
              type="datetime-local"
              step={1}
              label={<Code>:{name}</Code>}
              aria-label={`:${name}`}
              inputWrapperOrder={["label", "input", "description", "error"]}
              description={`${sentence(BOUND_BY_THE_RUN[name])}. Blank: ${TAKEN[name]}`}
              value={times[name]}
              error={error(name)}
              data-path={name}
              onChange={(event) => onTimes({ ...times, [name]: event.currentTarget.value })}
            />
          </Grid.Col>
        ))}
      </Grid>
    </Stack>
  );
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
