// What is written into an option: text, a choice, a switch, a list, or rows.

import { Checkbox, Input, NativeSelect, PasswordInput, SimpleGrid, Switch, TagsInput, TextInput } from "@mantine/core";
import { useId } from "@mantine/hooks";
import type { ReactNode } from "react";
import type { HandlerField } from "../../api/endpoints";
import { ENABLED, type Held, itemsOf } from "./draft";
import { RowsField } from "./RowsField";

/** An option that is written, whether it is secret or not. */
export type Written = Exclude<Held, { is: "kept" | "cleared" | "file" | "json" }>;

interface Props {
  field: HandlerField;
  label: string;
  description: ReactNode;
  error: string | undefined;
  path: string;
  value: Written;
  onChange: (value: Written) => void;
}

export function PlainOption({ field, value, onChange, path, ...shared }: Props) {
  const { label, description, error } = shared;
  switch (value.is) {
    case "switch": {
      const given = { ...shared, "data-path": path, checked: value.on, onChange: (event: { currentTarget: { checked: boolean } }) => onChange({ is: "switch", on: event.currentTarget.checked }) };
      return field.name === ENABLED ? <Switch {...given} description="Kapacitor sends alerts through it while it is on" /> : <Checkbox {...given} />;
    }
    case "text":
      return <TextOption field={field} {...shared} path={path} text={value.text} onChange={(text) => onChange({ is: "text", text })} />;
    case "list":
      return (
        <TagsInput
          {...shared}
          withAsterisk={field.required}
          data-path={path}
          placeholder={value.items.length === 0 ? "Enter after each" : ""}
          splitChars={["\n"]}
          acceptValueOnBlur
          value={value.items}
          onChange={(written) => onChange({ is: "list", items: itemsOf(written) })}
        />
      );
    case "map":
      return (
        <RowsField
          {...shared}
          path={path}
          rows={value.rows}
          blank=""
          onChange={(rows) => onChange({ is: "map", rows })}
          draw={(one, change, of) =>
            field.secret ? (
              <PasswordInput aria-label={`Value of ${of}`} placeholder="Value" autoComplete="new-password" value={one} onChange={(event) => change(event.currentTarget.value)} />
            ) : (
              <TextInput aria-label={`Value of ${of}`} placeholder="Value" value={one} onChange={(event) => change(event.currentTarget.value)} />
            )
          }
        />
      );
    case "lists":
      return (
        <RowsField<string[]>
          {...shared}
          path={path}
          rows={value.rows}
          blank={[]}
          onChange={(rows) => onChange({ is: "lists", rows })}
          draw={(all, change, of) => <TagsInput aria-label={`Values of ${of}`} placeholder={all.length === 0 ? "Enter after each" : ""} acceptValueOnBlur value={all} onChange={change} />}
        />
      );
    case "login":
      return <Login label={label} description={description} error={error} path={path} value={value} onChange={onChange} />;
  }
}

interface TextProps extends Omit<Props, "value" | "onChange"> {
  text: string;
  onChange: (text: string) => void;
}

function TextOption({ field: { kind, choices = [], required }, path, text, onChange, ...shared }: TextProps) {
  const written = { ...shared, withAsterisk: required, "data-path": path, value: text, onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  if (choices.length > 0) {
    // What stands there stays to be seen, also when it is none of those that are known.
    const all = choices.includes(text) ? choices : [text, ...choices];
    return <NativeSelect {...written} data={all.map((value) => ({ value, label: value === "" ? "None" : value }))} />;
  }
  const isCode = kind === "url" || kind === "path" || kind === "duration";
  const description = shared.description ?? HINTS[kind];
  return (
    <TextInput
      {...written}
      description={description}
      inputMode={kind === "integer" ? "numeric" : kind === "url" ? "url" : undefined}
      autoComplete="off"
      spellCheck={false}
      classNames={isCode ? { input: "mono" } : {}}
    />
  );
}

/** How something is written, where nothing else is said of it. */
const HINTS: Partial<Record<HandlerField["kind"], string>> = {
  duration: "Such as 30s, 5m or 1h30m",
  path: "On the machine of Kapacitor",
};

interface LoginProps {
  label: string;
  description: ReactNode;
  error: string | undefined;
  path: string;
  value: { is: "login"; username: string; password: string };
  onChange: (value: Written) => void;
}

function Login({ label, description, error, path, value, onChange }: LoginProps) {
  const id = useId();
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} description={description} error={error}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs" mt={4} role="group" aria-labelledby={id}>
        <TextInput
          aria-label={`${label}: username`}
          placeholder="Username"
          data-path={path}
          autoComplete="off"
          spellCheck={false}
          value={value.username}
          onChange={(event) => onChange({ ...value, username: event.currentTarget.value })}
        />
        <PasswordInput
          aria-label={`${label}: password`}
          placeholder="Password"
          autoComplete="new-password"
          value={value.password}
          onChange={(event) => onChange({ ...value, password: event.currentTarget.value })}
        />
      </SimpleGrid>
    </Input.Wrapper>
  );
}
