// Tags and fields that are the same in every point.

import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { FieldType } from "../../lib/fieldTypes";
import { focusField } from "../../ui/form";
import { type ConstantDraft, TYPES } from "./constants";
import { ofConstant } from "./mappingProblems";

interface Props {
  constants: readonly ConstantDraft[];
  errors: Record<string, string | undefined>;
  onChange: (constants: ConstantDraft[]) => void;
}

const TYPE_LABEL: Record<FieldType, string> = { float: "number", integer: "whole number", unsigned: "unsigned whole number", text: "text", boolean: "true or false" };

export function ConstantsPart({ constants, errors, onChange }: Props) {
  const add = (part: ConstantDraft["part"]) => {
    onChange([...constants, { part, name: "", type: "text", value: "" }]);
    focusField(ofConstant(constants.length, "name"));
  };
  return (
    <Stack gap="xs">
      {constants.map((constant, at) => (
        <Constant
          key={at}
          constant={constant}
          at={at}
          errors={errors}
          onChange={(change) => onChange(constants.map((one, place) => (place === at ? { ...one, ...change, isStored: false } : one)))}
          onRemove={() => onChange(constants.filter((_, place) => place !== at))}
        />
      ))}
      <Group gap="xs">
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => add("tag")}>
          A tag
        </Button>
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => add("field")}>
          A field
        </Button>
      </Group>
    </Stack>
  );
}

interface OneProps {
  constant: ConstantDraft;
  at: number;
  errors: Record<string, string | undefined>;
  onChange: (change: Partial<ConstantDraft>) => void;
  onRemove: () => void;
}

function Constant({ constant: { part, name, type, value }, at, errors, onChange, onRemove }: OneProps) {
  const of = `${part} ${name === "" ? at + 1 : name}`;
  return (
    <div className="constant" role="group" aria-label={`Of every point: ${of}`}>
      <Text size="sm" fw={500} className="constant-part">
        {part === "tag" ? "Tag" : "Field"}
      </Text>
      <TextInput
        aria-label="Name"
        placeholder="Name"
        value={name}
        error={errors[ofConstant(at, "name")]}
        data-path={ofConstant(at, "name")}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      {part === "field" && (
        <NativeSelect
          aria-label="Type"
          data={TYPES.map((one) => ({ value: one, label: TYPE_LABEL[one] }))}
          value={type}
          onChange={(event) => {
            const chosen = event.currentTarget.value as FieldType;
            onChange({ type: chosen, ...(chosen === "boolean" && { value: "true" }) });
          }}
        />
      )}
      {part === "field" && type === "boolean" ? (
        <NativeSelect
          aria-label="Value"
          data={["true", "false"]}
          value={value}
          error={errors[ofConstant(at, "value")]}
          data-path={ofConstant(at, "value")}
          onChange={(event) => onChange({ value: event.currentTarget.value })}
        />
      ) : (
        <TextInput
          aria-label="Value"
          placeholder="Value"
          value={value}
          error={errors[ofConstant(at, "value")]}
          data-path={ofConstant(at, "value")}
          onChange={(event) => onChange({ value: event.currentTarget.value })}
        />
      )}
      <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Remove the ${of}`} onClick={onRemove}>
        <IconTrash size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}
