import { Anchor, Button, List, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconEdit, IconPlus, IconStethoscope } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { type Database, ENGINES, oneDatabase, placeOf } from "../../api/databases";
import { type Query, queryList } from "../../api/queries";
import { useLadder } from "../../api/useLadder";
import { count, duration } from "../../lib/format";
import { CopyAs } from "../../ui/CopyAs";
import { DeleteObject } from "../../ui/DeleteObject";
import { Facts } from "../../ui/Facts";
import { showDone } from "../../ui/form";
import { Loading } from "../../ui/Loading";
import { Next } from "../../ui/Next";
import { PageHead } from "../../ui/PageHead";
import { Problem, told } from "../../ui/Problem";
import { SaveLadder } from "../../ui/SaveLadder";
import { When } from "../../ui/When";
import { checkOf } from "./data";
import { isServer, recipesOf, valuesOf } from "./draft";
import { GrantsPart } from "./GrantsPart";
import { TablesPart } from "./TablesPart";
import { useDeleteDatabase } from "./useDeleteDatabase";

export function DatabasePage() {
  const { database: reference } = useParams({ from: "/databases/$database" });
  const { data: database, error, refetch } = useQuery(oneDatabase(reference));
  if (error && !database) {
    return (
      <>
        <PageHead title="Database" />
        <Problem error={error} retry={() => void refetch()} />
      </>
    );
  }
  return database ? <OneDatabase key={database.id} database={database} /> : <Loading />;
}

function OneDatabase({ database }: { database: Database }) {
  const ladder = useLadder();
  const queries = useQuery(queryList);
  const remove = useDeleteDatabase();
  const mine = queries.data?.filter(({ database_id: on }) => on === database.id);
  const check = async () => {
    try {
      const { passed } = (await ladder.climb("POST", checkOf(database), undefined)) as { passed: boolean };
      if (passed) showDone(`${database.name} can be read`);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      const { message, advice } = told(error);
      notifications.show({ color: "red", title: message, message: advice });
    }
  };
  return (
    <>
      <PageHead
        title={database.name}
        about={`${ENGINES[database.engine]} database`}
        actions={
          <>
            <Button leftSection={<IconStethoscope size={16} aria-hidden />} onClick={() => void check()} loading={ladder.running}>
              Check now
            </Button>
            <Button
              variant="default"
              leftSection={<IconEdit size={16} aria-hidden />}
              aria-keyshortcuts="e"
              renderRoot={(rest) => <Link to="/databases/$database/edit" params={{ database: database.id }} {...rest} />}
            >
              Edit
            </Button>
            <CopyAs recipes={recipesOf(valuesOf(database), database.secrets.password?.set === true, database.secrets.client_key?.set === true)} />
            <DeleteObject
              what={`the database ${database.name}`}
              dependence={mine?.length === 1 ? "query runs on it" : "queries run on it"}
              dependents={mine?.map(({ id, name }) => ({ id, name, link: (rest) => <Link to="/queries/$query" params={{ query: id }} {...rest} /> }))}
              onDelete={() => remove(database)}
            />
          </>
        }
      />
      {mine?.length === 0 && (
        <Next title="Write a query" link={(rest) => <Link to="/queries/new" search={{ database: database.id }} {...rest} />}>
          Nothing is read from it yet. Write a SELECT and look at its rows.
        </Next>
      )}
      <Stack>
        <SaveLadder {...ladder} onCancel={ladder.reset} />
        <Facts facts={factsOf(database)} />
        <TablesPart database={database} />
        {isServer(database.engine) && <GrantsPart database={database} />}
        <Users queries={mine} error={queries.error} database={database} />
      </Stack>
    </>
  );
}

function factsOf(database: Database): [string, React.ReactNode][] {
  const limit = database.statement_timeout_ms ?? 300_000;
  const password = database.secrets.password;
  return [
    ["Where", <span className="mono wrap" key="where">{placeOf(database)}</span>],
    ...(database.engine === "sqlite"
      ? []
      : ([
          ["User", database.username ?? "None"],
          ["Password", password?.set === true ? <>Set {password.updated_at != null && <When at={password.updated_at} />}</> : "None"],
        ] as [string, React.ReactNode][])),
    ...("host" in database ? [["TLS", tlsWords(database)] as [string, React.ReactNode]] : []),
    ...(database.engine === "sqlite" ? [] : [["Time limit of connecting", duration(database.connect_timeout_ms ?? 10_000)] as [string, React.ReactNode]]),
    ["Time limit of a statement", limit === 0 ? "None" : duration(limit)],
    ["Longest wait for a lock", duration(database.lock_timeout_ms ?? 10_000)],
    ["Reads at once", count(database.max_reads ?? 4)],
    ...(database.notes ? [["Notes", <Text key="notes" size="sm" style={{ whiteSpace: "pre-wrap" }} className="wrap">{database.notes}</Text>] as [string, React.ReactNode]] : []),
    ["Changed", <When key="changed" at={database.updated_at} />],
  ];
}

function tlsWords({ tls, ca_certificate, client_certificate }: Schemas["Server"]): string {
  const words = { disable: "Never", prefer: "If the server can", require: "Always, not verified", verify: "Always, verified" }[tls ?? "prefer"];
  return `${words}${ca_certificate == null ? "" : ", by an authority of its own"}${client_certificate == null ? "" : ", with a client certificate"}`;
}

function Users({ queries, error, database }: { queries: Query[] | undefined; error: unknown; database: Database }) {
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="users">
      <Title order={2} size="h4" id="users" mb="xs">
        Queries that run on it
      </Title>
      {error !== null && queries === undefined && <Problem error={error} />}
      {queries?.length === 0 && (
        <Text c="dimmed" size="sm">
          None yet
        </Text>
      )}
      {queries !== undefined && queries.length > 0 && (
        <List size="sm" mb="sm">
          {queries.map(({ id, name, category }) => (
            <List.Item key={id}>
              <Anchor size="sm" className="wrap" renderRoot={(rest) => <Link to="/queries/$query" params={{ query: id }} {...rest} />}>
                {name}
              </Anchor>{" "}
              <Text span size="sm" c="dimmed">
                {category}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
      {queries?.length !== 0 && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          renderRoot={(rest) => <Link to="/queries/new" search={{ database: database.id }} {...rest} />}
        >
          Write a query
        </Button>
      )}
    </Paper>
  );
}
