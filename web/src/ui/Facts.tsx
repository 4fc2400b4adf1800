import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** What is known of an object, name by name. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <Paper withBorder p="md">
      <dl className="fact-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm" m={0} className="wrap">
              {value}
            </Text>
          </div>
        ))}
      </dl>
    </Paper>
  );
}
