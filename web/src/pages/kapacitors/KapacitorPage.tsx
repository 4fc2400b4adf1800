// One Kapacitor: what it is, whether it works, whether it is the active one.

import { Anchor, Button, Stack, Text } from "@mantine/core";
import { IconEdit, IconStar, IconStethoscope, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Connection, oneConnection } from "../../api/connections";
import { activateKapacitor, type Kapacitor, kapacitorList, oneKapacitor } from "../../api/kapacitors";
import { useLadder } from "../../api/useLadder";
import { duration } from "../../lib/format";
import { CopyAs } from "../../ui/CopyAs";
import { Facts } from "../../ui/Facts";
import { showDone, showProblem } from "../../ui/form";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { SaveLadder } from "../../ui/SaveLadder";
import { OriginBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";
import { useDelete } from "./data";
import { placeOf, recipesOf, valuesOf } from "./draft";
import { Inside } from "./Inside";
import { ActiveBadge, KapacitorState } from "./KapacitorState";

export function KapacitorPage() {
  const path = useParams({ from: "/connections/$connection/kapacitors/$kapacitor" });
  const connection = useQuery(oneConnection(path.connection));
  const kapacitor = useQuery(oneKapacitor(path.connection, path.kapacitor));
  const error = connection.error ?? kapacitor.error;
  if (error !== null && !(connection.data && kapacitor.data)) {
    return (
      <>
        <PageHead title="Kapacitor" />
        <Problem error={error} retry={() => void Promise.all([connection.refetch(), kapacitor.refetch()])} />
      </>
    );
  }
  return connection.data && kapacitor.data ? <OneKapacitor connection={connection.data} kapacitor={kapacitor.data} /> : <Loading />;
}

function OneKapacitor({ connection, kapacitor }: { connection: Connection; kapacitor: Kapacitor }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const ladder = useLadder();
  const remove = useDelete();
  const path = { connection: connection.id, kapacitor: kapacitor.id };
  const isOurs = kapacitor.origin == null;
  const changed = () => queries.invalidateQueries({ queryKey: kapacitorList.queryKey });
  const activation = useMutation({
    mutationFn: () => activateKapacitor(kapacitor),
    onSuccess: () => showDone(`${kapacitor.name} is the active Kapacitor of ${connection.name}`),
    onError: showProblem,
    onSettled: changed,
  });

  async function check() {
    try {
      await ladder.climb("POST", `/api/v1/connections/${path.connection}/kapacitors/${path.kapacitor}/check`, undefined);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) showProblem(error);
    }
    await changed();
  }

  return (
    <>
      <PageHead
        title={kapacitor.name}
        about={
          <>
            A Kapacitor of{" "}
            <Anchor inherit underline="always" renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: connection.id }} {...rest} />}>
              {connection.name}
            </Anchor>
          </>
        }
        badges={
          <>
            {kapacitor.active && <ActiveBadge />}
            <KapacitorState of={kapacitor} />
            <OriginBadge origin={kapacitor.origin} />
          </>
        }
        actions={
          <>
            <Button leftSection={<IconStethoscope size={16} aria-hidden />} onClick={() => void check()} loading={ladder.running}>
              Check now
            </Button>
            {!kapacitor.active && (
              <Button variant="default" leftSection={<IconStar size={16} aria-hidden />} onClick={() => activation.mutate()} loading={activation.isPending}>
                Activate
              </Button>
            )}
            {isOurs && (
              <Button
                variant="default"
                leftSection={<IconEdit size={16} aria-hidden />}
                aria-keyshortcuts="e"
                renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor/edit" params={path} {...rest} />}
              >
                Edit
              </Button>
            )}
            <CopyAs recipes={recipesOf(valuesOf(kapacitor), connection, kapacitor)} />
            {isOurs && (
              <Button
                variant="default"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={() => {
                  remove(kapacitor);
                  void navigate({ to: "/connections/$connection", params: { connection: connection.id } });
                }}
              >
                Delete
              </Button>
            )}
          </>
        }
      />
      <Stack>
        <SaveLadder {...ladder} onCancel={ladder.reset} />
        <Inside kapacitor={kapacitor} />
        <Facts facts={factsOf(kapacitor)} />
      </Stack>
    </>
  );
}

function factsOf(kapacitor: Kapacitor): [string, ReactNode][] {
  const { last_check: last, secrets } = kapacitor;
  const password = secrets.password;
  const facts: [string, ReactNode | undefined][] = [
    ["URL", <span className="mono wrap">{placeOf(kapacitor)}</span>],
    ["Username", kapacitor.username ?? "None"],
    ["Password", password?.set === true ? <>Set {password.updated_at != null && <When at={password.updated_at} />}</> : "None"],
    ["Last check", last == null ? "None since it was last saved" : <>{last.passed ? "Every step passed" : "A step failed"} <When at={last.at} /></>],
    ["What it found", last?.detail ?? undefined],
    ["Server", last?.version ?? undefined],
    ["Time limit", duration(kapacitor.timeout_ms ?? 30_000)],
    ["Number", kapacitor.number == null ? undefined : String(kapacitor.number)],
    ["Notes", kapacitor.notes ? <Text size="sm" style={{ whiteSpace: "pre-wrap" }} className="wrap">{kapacitor.notes}</Text> : undefined],
    ["Changed", <When at={kapacitor.updated_at} />],
  ];
  return facts.filter((fact): fact is [string, ReactNode] => fact[1] !== undefined);
}
