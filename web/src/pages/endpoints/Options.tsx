// The options of an endpoint as a form: what most people fill in, then, folded away, the others.

import { Stack, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import type { Handler, HandlerField } from "../../api/endpoints";
import { Section } from "../../ui/Section";
import { fieldsOf, type Held, pathOf, type Values } from "./draft";
import { OptionField } from "./OptionField";
import type { Errors } from "./useRefusals";

interface Props {
  handler: Handler;
  values: Values;
  /** What is stored; absent while there is nothing yet. */
  stored?: Values;
  errors: Errors;
  onChange: (option: string, value: Held) => void;
}

export function Options({ handler, values, stored, errors, onChange }: Props) {
  const [isOpen, setOpen] = useState(false);
  // Of a handler that nobody knows, nobody knows either what is rare.
  const isRare = ({ rare }: HandlerField) => rare && handler.known;
  const fields = fieldsOf(handler);
  const folded = fields.filter(isRare);
  const isUnfolded = isOpen || folded.some(({ name }) => errors[pathOf(name)] !== undefined);
  const draw = (field: HandlerField) => {
    const { name } = field;
    const value = values[name];
    return value && <OptionField key={name} field={field} value={value} stored={stored?.[name]} error={errors[pathOf(name)]} onChange={(next) => onChange(name, next)} />;
  };
  return (
    <Section title="Options" about={handler.known ? undefined : "Not in Tributary’s catalogue: this form is made from what the Kapacitor shows."}>
      <Stack gap="md">
        {fields.filter((field) => !isRare(field)).map(draw)}
        {folded.length > 0 && (
          <div>
            <UnstyledButton onClick={() => setOpen(!isUnfolded)} aria-expanded={isUnfolded} fz="sm" c="var(--mantine-color-anchor)" className="fold">
              {isUnfolded ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />} {folded.length} more, which most people leave as they are
            </UnstyledButton>
            {isUnfolded && (
              <Stack gap="md" mt="sm">
                {folded.map(draw)}
              </Stack>
            )}
          </div>
        )}
      </Stack>
    </Section>
  );
}
