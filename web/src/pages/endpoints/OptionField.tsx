// An option of an endpoint, by what it holds; beside it the way back to the value of Kapacitor's file.

import { ActionIcon, Button, Code, Group, Input, Text, Tooltip } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconRestore } from "@tabler/icons-react";
import type { HandlerField } from "../../api/endpoints";
import { sentence } from "../../lib/format";
import { SecretField, SecretState } from "../../ui/SecretField";
import { empty, type Held, pathOf } from "./draft";
import { PlainOption } from "./PlainOption";

interface Props {
  field: HandlerField;
  value: Held;
  /** What is stored; absent while there is nothing yet. */
  stored?: Held | undefined;
  error?: string | undefined;
  onChange: (value: Held) => void;
}

export function OptionField({ field, value, stored, error, onChange }: Props) {
  if (value.is === "file") return <BackToFile field={field} error={error} onKeep={() => onChange(stored ?? empty(field))} />;
  return (
    <div className={stored ? "option" : undefined}>
      <Option field={field} value={value} stored={stored} error={error} onChange={onChange} />
      {stored && (
        <Tooltip label="Back to the value of Kapacitor’s file">
          <ActionIcon className="option-back" variant="subtle" color="gray" size={24} aria-label={`Back to the file’s value: ${field.label}`} onClick={() => onChange({ is: "file" })}>
            <IconRestore size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

function BackToFile({ field: { name, label }, error, onKeep }: { field: HandlerField; error: string | undefined; onKeep: () => void }) {
  const id = useId();
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} error={error}>
      <Group gap="xs" role="group" aria-labelledby={id}>
        <Text size="sm">Goes back to the value of Kapacitor’s file when you save</Text>
        <Button size="xs" variant="default" onClick={onKeep} data-path={pathOf(name)}>
          Keep it
        </Button>
      </Group>
    </Input.Wrapper>
  );
}

function Option({ field, value, stored, error, onChange }: Props & { value: Exclude<Held, { is: "file" }> }) {
  const { name, label, help = "", secret } = field;
  const shared = { label, description: help === "" ? undefined : <Help text={help} />, error, path: pathOf(name) };
  if (value.is === "json") return <Json label={label} value={value.value} />;
  if (!secret) return value.is === "kept" || value.is === "cleared" ? null : <PlainOption {...shared} field={field} value={value} onChange={onChange} />;

  const isKept = stored?.is === "kept";
  if (empty(field).is === "text") {
    return (
      <SecretField
        {...shared}
        withAsterisk={field.required}
        kept={{ set: isKept }}
        change={value.is === "kept" ? undefined : value.is === "text" ? value.text : null}
        onChange={(change) => onChange(change === null ? { is: "cleared" } : change === undefined && isKept ? { is: "kept" } : { is: "text", text: change ?? "" })}
      />
    );
  }
  if (value.is === "kept" || value.is === "cleared") {
    return (
      <SecretState {...shared} is={value.is} onKeep={() => onChange({ is: "kept" })} onReplace={() => onChange(empty(field))} onClear={() => onChange({ is: "cleared" })} />
    );
  }
  return (
    <>
      <PlainOption {...shared} field={field} value={value} onChange={onChange} />
      {isKept && (
        <Button size="compact-xs" variant="subtle" mt={4} onClick={() => onChange({ is: "kept" })} aria-label={`Keep ${label}`}>
          Keep what is set
        </Button>
      )}
    </>
  );
}

/** What the server says of an option: a part of a sentence, with examples between backticks. */
function Help({ text }: { text: string }) {
  return sentence(text)
    .split("`")
    .map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>));
}

function Json({ label, value }: { label: string; value: unknown }) {
  return (
    <Input.Wrapper label={label} labelElement="div" description="Only shown here. It is set by the command line and the API">
      <Code block mt={4}>
        {JSON.stringify(value ?? null, undefined, 2)}
      </Code>
    </Input.Wrapper>
  );
}
