// The alert endpoints of a Kapacitor: those that are used first, then what else can be had.

import { ActionIcon, Button, Group, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconBellOff, IconPlus, IconRefresh, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { type AlertEndpoints, endpointsOf, type OfKapacitor } from "../../api/endpoints";
import { oneKapacitor } from "../../api/kapacitors";
import { count } from "../../lib/format";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { useStore } from "../../ui/store";
import { leaving } from "../../ui/undo";
import { idOf } from "./data";
import { EndpointList, Offered } from "./EndpointList";
import { KapacitorLink } from "./KapacitorLink";
import { grouped } from "./words";
import "./endpoints.css";

const HERE = "/connections/$connection/kapacitors/$kapacitor/endpoints";

export function EndpointsPage() {
  const of = useParams({ from: HERE });
  const kapacitor = useQuery(oneKapacitor(of.connection, of.kapacitor));
  const endpoints = useQuery(endpointsOf(of));
  const canAdd = endpoints.data?.handlers.some(({ key }) => key != null) === true;
  return (
    <>
      <PageHead
        title="Alert endpoints"
        about={<>Whom <KapacitorLink of={of} name={kapacitor.data?.name} /> tells of alerts, and how. It keeps them itself.</>}
        actions={
          <>
            {canAdd && (
              <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor/endpoints/new" params={of} {...rest} />}>
                Add endpoint
              </Button>
            )}
            <Tooltip label="Ask the Kapacitor again">
              <ActionIcon variant="default" size={36} aria-label="Refresh" loading={endpoints.isFetching} onClick={() => void endpoints.refetch()}>
                <IconRefresh size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </>
        }
      />
      {endpoints.error !== null && <Problem error={endpoints.error} retry={() => void endpoints.refetch()} />}
      {endpoints.data === undefined && endpoints.error === null && <Loading />}
      {endpoints.data?.handlers.length === 0 && (
        <Empty icon={IconBellOff} title="It offers no alert endpoints">
          This Kapacitor shows no handler that sends alerts. Its version may be older than 1.3.
        </Empty>
      )}
      {endpoints.data && endpoints.data.handlers.length > 0 && <Lists of={of} all={endpoints.data} />}
    </>
  );
}

function Lists({ of, all }: { of: OfKapacitor; all: AlertEndpoints }) {
  const { q = "" } = useSearch({ from: HERE });
  const navigate = useNavigate({ from: HERE });
  const gone = useStore(leaving);
  const { used, off, offered } = useMemo(() => grouped({ ...all, items: all.items.filter(({ name }) => !gone.has(idOf(of, name))) }, q), [all, gone, of, q]);
  const many = used.length + off.length + offered.length;
  return (
    <Stack>
      <Group gap="xs">
        <TextInput
          data-search
          aria-keyshortcuts="/"
          aria-label="Search alert endpoints"
          placeholder="Search alert endpoints"
          leftSection={<IconSearch size={16} aria-hidden />}
          defaultValue={q}
          onChange={(event) => {
            const text = event.currentTarget.value;
            void navigate({ search: { ...(text !== "" && { q: text }) }, replace: true });
          }}
          style={{ flex: "1 1 180px", maxWidth: 360 }}
        />
        <Text size="sm" c="dimmed" aria-live="polite">
          {q === "" ? "" : `${count(many)} found`}
        </Text>
      </Group>
      {many === 0 && <Text c="dimmed">Nothing matches</Text>}
      {(used.length > 0 || q === "") && (
        <Section title="In use">
          {used.length === 0 ? (
            <Text size="sm" c="dimmed">
              None yet: this Kapacitor tells nobody of alerts. Set up one of those below.
            </Text>
          ) : (
            <EndpointList of={of} label="In use" endpoints={used} />
          )}
        </Section>
      )}
      {off.length > 0 && (
        <Section title="Switched off" about="Filled in, and not used.">
          <EndpointList of={of} label="Switched off" endpoints={off} />
        </Section>
      )}
      {offered.length > 0 && (
        <Section title="Not set up" about={`${count(offered.length)} that this Kapacitor can use besides.`}>
          <Offered of={of} offered={offered} />
        </Section>
      )}
    </Stack>
  );
}
