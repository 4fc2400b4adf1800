// What a driver that somebody else wrote is told: ADBC's by name and address, ODBC's by a connection string.

import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { Values } from "./draft";

const DIALECTS = [
  { value: "standard", label: "As the standard has it" },
  { value: "postgres", label: "As PostgreSQL has it" },
  { value: "mysql", label: "As MySQL has it" },
  { value: "sqlite", label: "As SQLite has it" },
];

export function DriverFields({ form, engine }: { form: UseFormReturnType<Values>; engine: "adbc" | "odbc" }) {
  return (
    <>
      {engine === "adbc" ? (
        <>
          <TextInput
            label="Driver"
            description="Its name in the server's folder of drivers (serve --adbc-drivers), never a path"
            placeholder="adbc_driver_postgresql"
            required
            spellCheck={false}
            {...form.getInputProps("driver")}
          />
          <TextInput
            label="Address"
            description="In the driver's own words, without a password: {username} and {password} stand for the two"
            placeholder="postgresql://{username}:{password}@db.example.com/shop"
            required
            spellCheck={false}
            {...form.getInputProps("uri")}
          />
          <TextInput label="Entry point" description="The driver's first function, where its name does not tell" spellCheck={false} {...form.getInputProps("entrypoint")} />
          <Textarea
            label="Options"
            description="One name=value in a line; nothing secret"
            autosize
            minRows={2}
            maxRows={8}
            spellCheck={false}
            classNames={{ input: "mono" }}
            {...form.getInputProps("options")}
          />
        </>
      ) : (
        <TextInput
          label="Connection string"
          description="A data source or a driver that is registered on Tributary's machine, without user and password"
          placeholder="Driver={PostgreSQL Unicode};Server=db.example.com;Database=shop"
          required
          spellCheck={false}
          {...form.getInputProps("connection")}
        />
      )}
      <NativeSelect label="SQL" description="How its names are quoted and its pages are asked for" data={DIALECTS} {...form.getInputProps("dialect")} />
      <TextInput label="User" description="A read-only account is enough, and safer" autoComplete="off" spellCheck={false} {...form.getInputProps("username")} />
    </>
  );
}
