// One connection: what it is, whether it works, what hangs on it.

import { Alert, Anchor, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { IconEdit, IconLock, IconPlus, IconStar, IconStethoscope, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Connection, DRIVERS, oneConnection } from "../../api/connections";
import { seriesList } from "../../api/series";
import { useLadder } from "../../api/useLadder";
import { CopyAs } from "../../ui/CopyAs";
import { Facts } from "../../ui/Facts";
import { showProblem } from "../../ui/form";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { SaveLadder } from "../../ui/SaveLadder";
import { OriginBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";
import { Checks } from "./Checks";
import { DefaultBadge } from "./columns";
import { AnyoneBadge, ConnectionState, HoldBadge } from "./ConnectionState";
import { makeDefault, useRows } from "./data";
import { DeleteConnections } from "./DeleteConnections";
import { valuesOf } from "./draft";
import { factsOf } from "./facts";
import { HoldNote } from "./HoldNote";
import { KapacitorsOf } from "./KapacitorsOf";
import { recipesOf } from "./recipes";

export function ConnectionPage() {
  const { connection: reference } = useParams({ from: "/connections/$connection" });
  const { data: connection, error, refetch } = useQuery(oneConnection(reference));
  if (error && !connection) {
    return (
      <>
        <PageHead title="Connection" />
        <Problem error={error} retry={() => void refetch()} />
      </>
    );
  }
  return connection ? <OneConnection key={connection.id} connection={connection} /> : <Loading />;
}

function OneConnection({ connection }: { connection: Connection }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const ladder = useLadder();
  const { rows } = useRows();
  const [deleting, setDeleting] = useState(false);
  const row = rows?.find((one) => one.connection.id === connection.id) ?? { connection, kapacitors: [], hold: undefined };
  const choice = useMutation({ mutationFn: () => makeDefault(queries, connection), onError: showProblem });
  const isOurs = connection.origin == null;

  async function check() {
    try {
      await ladder.climb("POST", `/api/v1/connections/${connection.id}/check`, undefined);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) showProblem(error);
    }
    await queries.invalidateQueries({ queryKey: ["connections"] });
  }

  return (
    <>
      <PageHead
        title={connection.name}
        about={DRIVERS[connection.driver]}
        badges={
          <>
            {connection.default && <DefaultBadge />}
            <ConnectionState of={connection} />
            <HoldBadge hold={row.hold} />
            <OriginBadge origin={connection.origin} />
            {connection.insecure_skip_verify === true && <AnyoneBadge />}
          </>
        }
        actions={
          <>
            <Button leftSection={<IconStethoscope size={16} aria-hidden />} onClick={() => void check()} loading={ladder.running}>
              Check now
            </Button>
            {isOurs && (
              <Button
                variant="default"
                leftSection={<IconEdit size={16} aria-hidden />}
                aria-keyshortcuts="e"
                renderRoot={(rest) => <Link to="/connections/$connection/edit" params={{ connection: connection.id }} {...rest} />}
              >
                Edit
              </Button>
            )}
            {!connection.default && (
              <Button variant="default" leftSection={<IconStar size={16} aria-hidden />} onClick={() => choice.mutate()} loading={choice.isPending}>
                Make default
              </Button>
            )}
            <CopyAs recipes={recipesOf(valuesOf(connection), connection)} />
            {isOurs && (
              <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setDeleting(true)}>
                Delete
              </Button>
            )}
          </>
        }
      />
      <Stack>
        <HoldNote connection={connection.id} />
        {!isOurs && <ReadOnly origin={connection.origin ?? ""} />}
        <SaveLadder {...ladder} onCancel={ladder.reset} />
        <Health connection={connection} />
        <Facts facts={factsOf(connection)} />
        <KapacitorsOf row={row} />
        <Writers connection={connection} />
      </Stack>
      {deleting && (
        <DeleteConnections
          rows={[row]}
          connections={(rows ?? []).map((one) => one.connection)}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: "/connections" })}
        />
      )}
    </>
  );
}

function ReadOnly({ origin }: { origin: string }) {
  const [kind, name] = [origin.slice(0, origin.indexOf(":")), origin.slice(origin.indexOf(":") + 1)];
  return (
    <Alert color="gray" icon={<IconLock aria-hidden />} title="Read-only here">
      <Text size="sm">
        It is defined by the {kind === "file" ? "file" : "variable"} <b className="mono wrap">{name}</b>. Change it there: it is taken over
        {kind === "file" ? " at once" : " at the next start"}. It can be checked, made the default and written to as any other.
      </Text>
    </Alert>
  );
}

function Health({ connection }: { connection: Connection }) {
  const { last_check: last, state } = connection;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="health">
      <Title order={2} size="h4" id="health" mb="xs">
        Health
      </Title>
      {last == null ? (
        <Text size="sm" c="dimmed">
          {state === "unverified" ? "Not checked since it was last saved. Check it now." : "Not checked yet"}
        </Text>
      ) : (
        <Stack gap={4}>
          <Text size="sm">
            {last.passed ? "Every step passed" : "A step failed"} <When at={last.at} />
            {last.version != null && ` · server ${last.version}`}
          </Text>
          {last.detail != null && (
            <Text size="sm" className="wrap">
              {[last.step, last.detail].filter((part) => part != null).join(": ")}{" "}
              {last.code != null && <span className="mono">{last.code}</span>}
            </Text>
          )}
        </Stack>
      )}
      <Checks connection={connection} />
    </Paper>
  );
}

function Writers({ connection }: { connection: Connection }) {
  const { data, error } = useQuery(seriesList);
  const writers = data?.filter(({ connection_id: to }) => to === connection.id);
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="writers">
      <Title order={2} size="h4" id="writers" mb="xs">
        Series that write to it
      </Title>
      {error !== null && writers === undefined && <Problem error={error} />}
      {writers?.length === 0 && (
        <Text size="sm" c="dimmed" mb="sm">
          None yet
        </Text>
      )}
      {writers !== undefined && writers.length > 0 && (
        <List size="sm" mb="sm" mah={320} spacing={8} style={{ overflow: "auto" }}>
          {writers.map(({ id, name }) => (
            <List.Item key={id}>
              <Anchor size="sm" className="wrap" renderRoot={(rest) => <Link to="/series/$series" params={{ series: id }} {...rest} />}>
                {name}
              </Anchor>
            </List.Item>
          ))}
        </List>
      )}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          renderRoot={(rest) => <Link to="/series/new" {...rest} />}
        >
          Make a series
        </Button>
      </Group>
    </Paper>
  );
}
