// Where and what: the place, and its measurements.

import { Anchor, Loader, Select, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Connection } from "../../api/connections";
import { type At, measurements as measurementsOf, places as placesOf } from "../../api/explore";
import { Problem } from "../../ui/Problem";
import { useExplore } from "./useExplore";

/** How long after the last key it is searched. */
const TYPED_MS = 250;
/** Of another place or measurement nothing that was chosen of this one is true. */
const ANEW = { fields: undefined, tags: undefined, group: undefined };

export function Browse({ connection, at }: { connection: Connection; at: At }) {
  return (
    <Stack gap="sm">
      <PlaceFields connection={connection} />
      <Measurements at={at} />
    </Stack>
  );
}

function PlaceFields({ connection }: { connection: Connection }) {
  const { search, choose } = useExplore();
  const places = useQuery(placesOf(connection.id));
  const own = connection.driver === "v2" ? connection.bucket : connection.driver === "file" ? "" : connection.database;
  const listed = places.data?.items ?? [];
  const names = [...new Set([...listed.map(({ name }) => name), own, search.place ?? own])];
  const here = listed.find(({ name }) => name === (search.place ?? own));
  const policies = here?.retention_policies ?? [];
  return (
    <>
      <Select
        label={connection.driver === "v2" ? "Bucket" : "Database"}
        searchable
        allowDeselect={false}
        rightSection={places.isFetching ? <Loader size="xs" /> : undefined}
        description={here && !here.listed ? "The server does not list it: it may be missing, or the login may not see it." : undefined}
        data={names}
        renderOption={({ option }) => (
          <div className="wrap">
            {option.label}
            {option.value === own && (
              <Text size="xs" c="dimmed">
                The connection's own
              </Text>
            )}
          </div>
        )}
        value={search.place ?? own}
        onChange={(name) => name !== null && choose({ ...ANEW, place: name === own ? undefined : name, policy: undefined, measurement: undefined })}
      />
      {policies.length > 1 && (
        <Select
          label="Retention policy"
          placeholder="The default one"
          clearable
          data={policies.map(({ name, duration }) => ({ value: name, label: `${name} · ${duration === "0s" ? "for ever" : duration}` }))}
          value={search.policy ?? null}
          onChange={(policy) => choose({ ...ANEW, policy: policy ?? undefined, measurement: undefined })}
        />
      )}
      {places.error && <Problem error={places.error} retry={() => void places.refetch()} />}
    </>
  );
}

function Measurements({ at }: { at: At }) {
  const { search, choose } = useExplore();
  const [typed, setTyped] = useState("");
  const [wanted] = useDebouncedValue(typed.trim(), TYPED_MS);
  const found = useQuery(measurementsOf(at, wanted));
  const names = found.data?.items ?? [];
  const list = useRef<HTMLUListElement>(null);
  const isShown = names.length > 0;
  // What a link chose may stand far down in the list. Only the list is scrolled: the page stays where it is.
  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>("[aria-pressed=true]");
    if (list.current && chosen) list.current.scrollTop = chosen.offsetTop - list.current.offsetTop - list.current.clientHeight / 3;
  }, [isShown]);
  return (
    <Stack gap={6}>
      <TextInput
        data-search
        label="Measurements"
        placeholder="Search measurements"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={found.isFetching ? <Loader size="xs" /> : undefined}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {found.error ? (
        <Problem error={found.error} retry={() => void found.refetch()} />
      ) : (
        <>
          {isShown && (
            <ul ref={list} className="explore-names" aria-label="Measurements">
              {names.map((name) => (
                <li key={name}>
                  <UnstyledButton
                    className="explore-name"
                    aria-pressed={name === search.measurement}
                    onClick={() => choose({ ...ANEW, measurement: name })}
                  >
                    {name}
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          )}
          <Text size="sm" c="dimmed" role="status">
            {found.isPending && "Looking for measurements"}
            {found.data && names.length === 0 && wanted !== "" && "No measurement is called that."}
            {found.data?.truncated && "There are more: search for what is not shown."}
          </Text>
          {found.data && names.length === 0 && wanted === "" && (
            <Text size="sm" c="dimmed">
              Nothing has been written here yet. Run a <Anchor renderRoot={(rest) => <Link to="/series" {...rest} />}>series</Anchor> that writes here, then
              look again.
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}
