import { Anchor, Code, Group, Paper, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connectionList } from "../../api/connections";
import type { DefiningFile } from "../../api/files";
import { kapacitorList } from "../../api/kapacitors";
import { sentence } from "../../lib/format";
import { StateBadge, type Tone } from "../../ui/StateBadge";

const NOUN = { connection: "Connection", kapacitor: "Kapacitor", organization: "Organization" } as const;
const STATE: Record<DefiningFile["state"], { tone: Tone; word: string }> = {
  loaded: { tone: "good", word: "loaded" },
  broken: { tone: "bad", word: "broken" },
  last_good: { tone: "warning", word: "broken, as it was before" },
};

/** One file: its state, its object, what is wrong with it and where. */
export function FileCard({ file }: { file: DefiningFile }) {
  const { tone, word } = STATE[file.state];
  const place = [file.line == null ? undefined : `line ${file.line}`, file.field == null ? undefined : `field ${file.field}`].filter((one) => one !== undefined);
  return (
    <Paper withBorder p="sm" component="li" aria-label={file.file}>
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Group gap="xs" style={{ minWidth: 0 }}>
            <Text fw={600} className="mono wrap" size="sm">
              {file.file.replace(/^environment:/, "$")}
            </Text>
            <StateBadge tone={tone}>{word}</StateBadge>
          </Group>
          <Object file={file} />
        </Group>
        {file.reason != null && (
          <Text size="sm" className="wrap">
            {place.length > 0 && <Code mr={6}>{place.join(", ")}</Code>}
            {sentence(file.reason)}
          </Text>
        )}
        {file.state === "last_good" && (
          <Text size="sm" c="dimmed">
            What the file said last is in force until it is mended.
          </Text>
        )}
        {file.warnings.length > 0 && (
          <Stack component="ul" gap={2} m={0} p={0} style={{ listStyle: "none" }} aria-label="Remarks">
            {file.warnings.map(({ line, text }, at) => (
              <Group key={at} component="li" gap={6} wrap="nowrap" align="flex-start">
                <IconAlertTriangle size={14} color="var(--mantine-color-yellow-filled)" style={{ flexShrink: 0, marginTop: 3 }} role="img" aria-label="remark" />
                <Text size="sm" c="dimmed" className="wrap">
                  {line != null && `line ${line}: `}
                  {text}
                </Text>
              </Group>
            ))}
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}

/** The object of a file, with a link where it is one of the organization that is shown. */
function Object({ file: { kind, object } }: { file: DefiningFile }) {
  const connections = useQuery({ ...connectionList, enabled: kind === "connection" });
  const kapacitors = useQuery({ ...kapacitorList, enabled: kind === "kapacitor" });
  if (object == null) {
    return (
      <Text size="sm" c="dimmed">
        {NOUN[kind]}
      </Text>
    );
  }
  const kapacitor = kapacitors.data?.find((one) => one.id === object.id);
  const isHere = connections.data?.some((one) => one.id === object.id) ?? false;
  const name = (
    <Text size="sm" component="span">
      {object.name}
    </Text>
  );
  return (
    <Group gap={6}>
      <Text size="sm" c="dimmed">
        {NOUN[kind]}
      </Text>
      {kind === "connection" && isHere && (
        <Anchor size="sm" renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: object.id }} {...rest} />}>
          {object.name}
        </Anchor>
      )}
      {kapacitor && (
        <Anchor
          size="sm"
          renderRoot={(rest) => (
            <Link
              to="/connections/$connection/kapacitors/$kapacitor"
              params={{ connection: kapacitor.connection_id, kapacitor: object.id }}
              {...rest}
            />
          )}
        >
          {object.name}
        </Anchor>
      )}
      {kind === "organization" && (
        <Anchor size="sm" renderRoot={(rest) => <Link to="/settings" {...rest} />}>
          {object.name}
        </Anchor>
      )}
      {((kind === "connection" && connections.isSuccess && !isHere) || (kind === "kapacitor" && kapacitors.isSuccess && !kapacitor)) && (
        <>
          {name}
          <Text size="xs" c="dimmed">
            in another organization
          </Text>
        </>
      )}
    </Group>
  );
}
