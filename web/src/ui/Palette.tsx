// The command palette: go to a page, or to an object by its name, or do what the page can do by one key.

import { Modal, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, body } from "../api/client";
import type { Page } from "../routes";
import { actionsOfPage } from "./shortcuts";

interface Entry {
  label: string;
  hint: string;
  /** Where it leads, or what it does. */
  to?: string;
  run?: () => void;
}

const MOST = 15;
/** The newest backfills that are found by the name of their series. */
const BACKFILLS = 20;
const NOUNS = ["connections", "databases", "queries", "series", "groups"] as const;

export default function Palette({ pages, openKeys, onClose }: { pages: Page[]; openKeys: () => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const [actions] = useState(actionsOfPage);
  const objects = useQuery({ queryKey: ["palette"], queryFn: everything });
  const entries = useMemo(() => {
    const all: Entry[] = [
      ...pages.map(({ label, path, key }) => ({ label, hint: `g ${key}`, to: path })),
      ...actions.map(({ key, label, run }) => ({ label, hint: key, run })),
      { label: "Keyboard shortcuts", hint: "?", run: openKeys },
      ...(objects.data ?? []),
    ];
    const wanted = text.trim().toLowerCase();
    return all.filter((entry) => entry.label.toLowerCase().includes(wanted)).slice(0, MOST);
  }, [pages, actions, openKeys, objects.data, text]);
  const open = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run?.();
    if (entry.to !== undefined) void navigate({ to: entry.to });
  };
  return (
    <Modal opened onClose={onClose} withCloseButton={false} title="Go to" size="lg" padding="xs" aria-label="Search and commands">
      <TextInput
        data-autofocus
        aria-label="Search pages and objects"
        placeholder="A page or the name of an object"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            const step = event.key === "ArrowDown" ? 1 : -1;
            setAt((at + step + entries.length) % Math.max(entries.length, 1));
          }
          if (event.key === "Enter") open(entries[at]);
        }}
      />
      <Stack gap={2} mt="xs" role="listbox" aria-label="Found">
        {entries.map((entry, index) => (
          <UnstyledButton
            key={`${entry.to ?? entry.hint} ${entry.label}`}
            role="option"
            aria-selected={index === at}
            className="entry"
            data-active={index === at || undefined}
            onClick={() => open(entry)}
          >
            <Text size="sm">{entry.label}</Text>
            <Text size="xs" c="dimmed">
              {entry.hint}
            </Text>
          </UnstyledButton>
        ))}
        {entries.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            Nothing is called that
          </Text>
        )}
      </Stack>
    </Modal>
  );
}

async function everything(): Promise<Entry[]> {
  const lists = await Promise.all(
    NOUNS.map(async (noun) => {
      const { items } = await body(api.GET(`/api/v1/${noun}`));
      return items.map((item) => ({ label: item.name, hint: noun, to: `/${noun}/${item.id}` }));
    }),
  );
  const { items } = await body(api.GET("/api/v1/backfills", { params: { query: { limit: BACKFILLS } } }));
  const backfills = items.map(({ id, series_name: name, state }) => ({ label: `Backfill of ${name}`, hint: `backfills, ${state}`, to: `/backfills/${id}` }));
  return [...lists.flat(), ...(await kapacitors()), ...backfills];
}

/** Kapacitors by their names, and what is inside each. */
async function kapacitors(): Promise<Entry[]> {
  const { items } = await body(api.GET("/api/v1/kapacitors"));
  return items.flatMap(({ id, name, connection_id: connection }) => {
    const to = `/connections/${connection}/kapacitors/${id}`;
    return [
      { label: name, hint: "kapacitors", to },
      { label: `Alert endpoints of ${name}`, hint: "kapacitors", to: `${to}/endpoints` },
      { label: `Tasks of ${name}`, hint: "kapacitors", to: `${to}/tasks` },
    ];
  });
}
