// Where the cursor of a series stands, what holds it back, and what a person decides about it.

import { Alert, Anchor, Button, Group, Menu, Modal, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconArrowBackUp, IconChevronDown, IconHandStop, IconPencil, IconPin } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Refusal, type Schemas } from "../../api/client";
import { type Cursor, type CursorChange, cursorOf, moveCursor, placeWords } from "../../api/cursors";
import type { Series } from "../../api/series";
import { fenceWords, NULL_WORDS } from "../../lib/cursors";
import { duration, sentences } from "../../lib/format";
import { showDone, showProblem } from "../../ui/form";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { doneWithUndo } from "../../ui/undo";
import { When } from "../../ui/When";
import { cursorOf as settingsOf } from "./draft";

type Doing = CursorChange["do"];

export function CursorSection({ series }: { series: Series }) {
  const { data: cursor, error, refetch } = useQuery(cursorOf(series.id));
  const [asked, setAsked] = useState<Doing>();
  const mustDecide = cursor?.state === "needs_decision";
  return (
    <Section
      title="Cursor"
      about="How far its rows are delivered, without a gap."
      actions={cursor !== undefined && !mustDecide && <Move onAsk={setAsked} canReset={cursor.position != null} />}
    >
      {error && !cursor && <Problem error={error} retry={() => void refetch()} />}
      {!cursor && !error && <Skeleton height={90} role="status" aria-label="Loading the cursor" />}
      {mustDecide && (
        <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title="The query was changed: decide" role="alert">
          <Stack gap="sm" align="flex-start">
            <Text size="sm">
              The query, its values, the database, the cursor column or the key are not what they were when the cursor moved. No run reads until you have
              decided whether it still means the same.
            </Text>
            <Group gap="xs">
              <Button size="xs" leftSection={<IconPin size={14} aria-hidden />} onClick={() => setAsked("keep")}>
                Keep it
              </Button>
              <Button size="xs" variant="default" leftSection={<IconArrowBackUp size={14} aria-hidden />} onClick={() => setAsked("reset")}>
                Start over
              </Button>
              <Button size="xs" variant="default" leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setAsked("set")}>
                Set it to…
              </Button>
            </Group>
          </Stack>
        </Alert>
      )}
      {cursor && <Standing series={series} cursor={cursor} />}
      {cursor && asked !== undefined && <Decision series={series} cursor={cursor} doing={asked} onClose={() => setAsked(undefined)} />}
    </Section>
  );
}

function Move({ onAsk, canReset }: { onAsk: (doing: Doing) => void; canReset: boolean }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
          Move it
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onAsk("set")}>
          Set it to…
        </Menu.Item>
        {canReset && (
          <Menu.Item leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => onAsk("reset")}>
            Start over
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Standing({ series, cursor: { position, moved_at: at, moved_by: by, seen } }: { series: Series; cursor: Cursor }) {
  const { cursor: column, key, fence, fence_lag_s: lag, null_cursor: without } = settingsOf(series.mode);
  const facts: [string, ReactNode][] = [
    [
      "Stands at",
      position == null ? (
        "The beginning: no row is delivered yet"
      ) : (
        <>
          <code className="wrap">{column} = {position.cursor.text}</code>
          {position.key.length > 0 && (
            <Text span size="sm" c="dimmed">
              {" "}
              {position.key.map(({ text }, index) => `${key[index] ?? "key"} ${text}`).join(", ")}
            </Text>
          )}
        </>
      ),
    ],
    [
      "Moved",
      at == null ? (
        "Never"
      ) : (
        <>
          <When at={at} />
          {by == null ? (
            " by hand"
          ) : (
            <>
              {" by "}
              <RunLink run={by}>a run</RunLink>
            </>
          )}
        </>
      ),
    ],
    ["Fence", <Fence key="fence" words={fenceWords(fence, Number(lag))} seen={seen} />],
    ...(without === "exclude" ? [] : [["Without a cursor", `Rows whose ${column} is NULL ${NULL_WORDS[without]}`] as [string, ReactNode]]),
  ];
  return (
    <dl className="fact-list" aria-live="polite">
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
  );
}

function Fence({ words, seen }: { words: string; seen: Cursor["seen"] }) {
  return (
    <Stack gap={4}>
      <span>{words.charAt(0).toUpperCase() + words.slice(1)}</span>
      {seen?.fence != null && (
        <Text size="sm" c="dimmed" className="wrap">
          The <RunLink run={seen.run_id}>newest run</RunLink> left rows from <code>{seen.fence.text}</code> on for later
        </Text>
      )}
      {seen?.held_back != null && <HeldBack held={seen.held_back} />}
    </Stack>
  );
}

/** What keeps rows from being read. */
function HeldBack({ held }: { held: Schemas["HeldBack"] }) {
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <IconHandStop size={16} color="var(--mantine-color-yellow-filled)" role="img" aria-label="Warning" style={{ flexShrink: 0, marginTop: 2 }} />
      <Text size="sm" className="wrap" style={{ minWidth: 0 }}>
        Held back by a transaction that had been open for {duration(held.for_s * 1_000)}, since <When at={held.since} />: {held.who}
      </Text>
    </Group>
  );
}

function RunLink({ run, children }: { run: string; children: ReactNode }) {
  return (
    <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/runs/$run" params={{ run }} {...rest} />}>
      {children}
    </Anchor>
  );
}

const TITLES: Record<Doing, string> = { keep: "Keep the cursor", reset: "Start over", set: "Set the cursor" };
const BUTTONS: Record<Doing, string> = { keep: "Keep it", reset: "Start over", set: "Set it" };
const DONE: Record<Doing, string> = { keep: "The cursor is kept", reset: "The next run starts over", set: "The cursor is set" };

/** Says what it does before it does it. */
function Decision({ series, cursor, doing, onClose }: { series: Series; cursor: Cursor; doing: Doing; onClose: () => void }) {
  const cache = useQueryClient();
  const { cursor: column, key, start } = settingsOf(series.mode);
  const { position } = cursor;
  const [text, setText] = useState(position?.cursor.text ?? "");
  const [keys, setKeys] = useState(() => key.map((_, index) => position?.key[index]?.text ?? ""));
  const changed = async (now?: Cursor) => {
    if (now) cache.setQueryData(cursorOf(series.id).queryKey, now);
    await Promise.all([cache.invalidateQueries({ queryKey: ["cursors"] }), cache.invalidateQueries({ queryKey: ["series"] })]);
  };
  const move = useMutation({
    mutationFn: () => moveCursor(series.id, doing === "set" ? { do: doing, cursor: text, key: keys } : { do: doing }),
    onSuccess: async (now) => {
      onClose();
      const back = wayBack(cursor, key.length);
      if (doing === "keep" || back === undefined) showDone(DONE[doing]);
      else doneWithUndo(DONE[doing], () => void moveCursor(series.id, back).then(changed, showProblem));
      await changed(now);
    },
  });
  const refused = move.error instanceof Refusal ? move.error : undefined;
  const told = (field: string) => (refused?.field === field ? sentences(refused.message, refused.advice) : undefined);
  const isTold = refused?.field !== undefined && (refused.field === "cursor" || (refused.field.startsWith("key") && keys.length > 0));
  const place = position == null ? "the beginning" : placeWords(position);
  return (
    <Modal opened onClose={onClose} title={TITLES[doing]}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          move.mutate();
        }}
      >
        <Stack gap="sm">
          {doing === "keep" && (
            <Text size="sm">
              The next run goes on behind <code className="wrap">{place}</code>. Rows up to there are not read, also those that only the changed query would give.
              Choose it when the cursor still means the same: a renamed column, another order, one more field.
            </Text>
          )}
          {doing === "reset" && (
            <Text size="sm">
              The cursor is forgotten. The next run reads {start === "" ? "every row from the first on" : `from ${start} on`}; rows that were delivered before become
              the same points again. Nothing is deleted from InfluxDB.
            </Text>
          )}
          {doing === "set" && (
            <>
              <Text size="sm">
                The next run goes on behind this row, as if it had been the last one delivered. Set back, rows are read again and become the same points; set
                forward, the rows between are never read.
              </Text>
              <TextInput
                label={column}
                required
                data-autofocus
                value={text}
                error={told("cursor")}
                onChange={(event) => setText(event.currentTarget.value)}
              />
              {key.map((name, index) => (
                <TextInput
                  key={name}
                  label={name}
                  required
                  description="Of the key"
                  value={keys[index] ?? ""}
                  error={told(`key[${index}]`) ?? (index === 0 ? told("key") : undefined)}
                  onChange={(event) => {
                    const value = event.currentTarget.value;
                    setKeys((now) => now.map((one, at) => (at === index ? value : one)));
                  }}
                />
              ))}
            </>
          )}
          {move.error !== null && !isTold && <Problem error={move.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={move.isPending} {...(doing === "set" ? {} : { "data-autofocus": true })}>
              {BUTTONS[doing]}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What brings the cursor back to where it stood; undefined when the same cannot be said any more. */
function wayBack({ state, position }: Cursor, keys: number): CursorChange | undefined {
  if (state === "needs_decision") return undefined;
  if (position == null) return { do: "reset" };
  return position.key.length === keys ? { do: "set", cursor: position.cursor.text, key: position.key.map(({ text }) => text) } : undefined;
}

