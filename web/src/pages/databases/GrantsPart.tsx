import { Button, Code, CopyButton, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Database, grantsOf } from "../../api/databases";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";

/** How long typing rests before the server is asked. */
const REST_MS = 300;

/** The statements that make an account which reads and can do no more, to be run by whoever may. */
export function GrantsPart({ database }: { database: Database }) {
  const [account, setAccount] = useState("tributary");
  const [settled] = useDebouncedValue(account.trim(), REST_MS);
  const { data, error } = useQuery({ ...grantsOf(database, settled), enabled: settled !== "" });
  const script = data?.statements.map((statement) => `${statement.replace(/;\s*$/, "")};`).join("\n") ?? "";
  return (
    <Section title="An account that only reads" about="Tributary needs no more, and what an account cannot do, nobody does by mistake. Run these on the server as its administrator.">
      <Stack gap="sm">
        <TextInput label="Account" maw={320} spellCheck={false} value={account} onChange={(event) => setAccount(event.currentTarget.value)} />
        {error !== null && <Problem error={error} />}
        {error === null && script !== "" && (
          <>
            <Code block className="read-sql" tabIndex={0} role="region" aria-label="Statements">
              {script}
            </Code>
            <Group gap="sm">
              <CopyButton value={script}>
                {({ copied, copy }) => (
                  <Button size="xs" variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}>
                    {copied ? "Copied" : "Copy the statements"}
                  </Button>
                )}
              </CopyButton>
              <Text size="sm" c="dimmed">
                Put a password in the place of <Code>{data?.placeholder}</Code>.
              </Text>
            </Group>
            {data !== undefined && data.remarks.length > 0 && (
              <List size="sm">
                {data.remarks.map((remark) => (
                  <List.Item key={remark} className="wrap">
                    {remark}
                  </List.Item>
                ))}
              </List>
            )}
          </>
        )}
      </Stack>
    </Section>
  );
}
