// Paste anything: it is read here, in the browser, and fills the form. Nothing is sent anywhere.

import { Anchor, Button, Group, List, Paper, Stack, Text, Textarea } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ClipboardEvent, type FocusEvent, type Ref, useImperativeHandle, useRef, useState } from "react";
import { type Found, type PastedConnection, type PastedKapacitor, readPasted, type Remark, Unreadable } from "../../lib/pasted";
import { afterPress } from "../../ui/press";
import { LeadToKapacitor } from "./LeadToKapacitor";
import { takenOf } from "./taken";

interface Read {
  found?: Found;
  error?: Unreadable;
  /** Which of several was taken. */
  chosen: number;
}

export interface PasteHandle {
  /** Whether something stands in the box that is not in the form yet: it is read now, and the box says so. Saving waits for another try. */
  hold: () => boolean;
}

interface Props {
  handle?: Ref<PasteHandle>;
  onTake: (connection: PastedConnection) => void;
  /** A Kapacitor was in it, or (undefined) none. */
  onKapacitor: (kapacitor: PastedKapacitor | undefined) => void;
}

export function PasteBox({ handle, onTake, onKapacitor }: Props) {
  const [text, setText] = useState("");
  const [read, setRead] = useState<Read>();
  const [isHeld, setHeld] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  /** What was read last. */
  const taken = useRef<string>(undefined);

  async function take(pasted: string) {
    taken.current = pasted;
    if (pasted.trim() === "") return setRead(undefined);
    setHeld(false);
    try {
      const found = await readPasted(pasted);
      setRead({ found, chosen: 0 });
      const [first] = found.connections;
      // What was pasted may hold a secret in clear: once it is in the form it need not stand here.
      if (first || found.kapacitors.length > 0) setText("");
      if (first) onTake(first);
      onKapacitor(found.kapacitors[0]);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      setRead({ error, chosen: 0 });
    }
  }
  function pasted(event: ClipboardEvent<HTMLTextAreaElement>) {
    if (text !== "") return;
    const given = event.clipboardData.getData("text/plain");
    if (given.trim() === "") return;
    event.preventDefault();
    setText(given);
    void take(given);
  }
  // What was typed and left: whoever goes on to the fields expects it there. Not when the whole window is left, in the middle of a word.
  function left(event: FocusEvent<HTMLTextAreaElement>) {
    const isWithin = event.currentTarget.closest("section")?.contains(event.relatedTarget) === true;
    if (isWithin || document.activeElement === event.currentTarget || text.trim() === "" || read?.error !== undefined) return;
    taken.current = undefined;
    // A press on what saves reads it too.
    afterPress(() => box.current?.value === text && taken.current !== text && void take(text));
  }
  useImperativeHandle(handle, () => ({
    hold() {
      if (text.trim() === "") return false;
      if (read?.error === undefined) void take(text);
      setHeld(true);
      box.current?.focus();
      return true;
    },
  }));
  const { found, error, chosen = 0 } = read ?? {};
  return (
    <Paper withBorder p="md" component="section" aria-label="Paste anything">
      <Textarea
        label="Paste anything"
        description="A URL, a curl command, INFLUX_… lines, an influx or Telegraf configuration, a .src or .kap file. It is read here and sent nowhere."
        autosize
        minRows={1}
        maxRows={6}
        spellCheck={false}
        classNames={{ input: "mono" }}
        value={text}
        ref={box}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setRead(undefined);
          setHeld(false);
        }}
        onPaste={pasted}
        onBlur={left}
        onKeyDown={(event) => {
          // A URL is whole; what else there is has further lines.
          const isDone = event.ctrlKey || event.metaKey || /^\s*[a-z][a-z0-9+.-]*:\/\/\S+\s*$/i.test(text);
          if (event.key !== "Enter" || event.nativeEvent.isComposing || !isDone) return;
          event.preventDefault();
          void take(text);
        }}
        error={error === undefined || error.isSql ? undefined : `${said(error.asRemark())}${isHeld ? ". Nothing was saved: correct it, or empty this box" : ""}`}
      />
      {text.trim() !== "" && (
        <Group gap="xs" mt="xs">
          <Button size="xs" onClick={() => void take(text)}>
            Fill in
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setText("");
              setRead(undefined);
            }}
          >
            Empty
          </Button>
        </Group>
      )}
      <Stack gap="xs" mt={read || isHeld ? "sm" : 0} role="status">
        {isHeld && error === undefined && <Text size="sm">This was not in the form yet. It is now: look at it, then save.</Text>}
        {error?.isSql === true && (
          <Text size="sm">
            This is a SQL database, which Tributary reads from. <Anchor inherit underline="always" renderRoot={(rest) => <Link to="/databases/new" {...rest} />}>Add a database</Anchor>
          </Text>
        )}
        {found && found.connections.length === 0 && found.kapacitors[0] && <LeadToKapacitor kapacitor={found.kapacitors[0]} />}
        {found && found.connections.length > 0 && (
          <Told found={found} chosen={chosen} onChoose={(at, connection) => {
            setRead({ found, chosen: at });
            onTake(connection);
          }} />
        )}
        {found && found.connections.length === 0 && <Remarks remarks={[...found.remarks, ...found.broken]} />}
      </Stack>
    </Paper>
  );
}

interface ToldProps {
  found: Found;
  chosen: number;
  onChoose: (at: number, connection: PastedConnection) => void;
}

function Told({ found: { connections, kapacitors, remarks, broken }, chosen, onChoose }: ToldProps) {
  const taken = connections[chosen];
  return (
    <>
      {connections.length > 1 && (
        <Group gap="xs">
          <Text size="sm">{connections.length} connections are in it:</Text>
          {connections.map((connection, at) => (
            <Button
              key={`${connection.name} ${at}`}
              size="compact-xs"
              variant={at === chosen ? "filled" : "default"}
              aria-pressed={at === chosen}
              onClick={() => onChoose(at, connection)}
            >
              {connection.name}
            </Button>
          ))}
        </Group>
      )}
      {taken && (
        <Text size="sm" className="wrap">
          <b>Taken:</b> {takenOf(taken).map(({ label, value }) => `${label} ${value}`).join(" · ")}
        </Text>
      )}
      {kapacitors.length > 0 && <Text size="sm">A Kapacitor is in it too: its form follows, filled in, once the connection is saved.</Text>}
      <Remarks remarks={[...remarks, ...broken]} />
    </>
  );
}

function Remarks({ remarks }: { remarks: Remark[] }) {
  if (remarks.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        Assumed or left out
      </Text>
      <List size="sm">
        {remarks.map((remark, at) => (
          <List.Item key={at} className="wrap">
            {said(remark)}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function said({ line, field, text }: Remark): string {
  const place = [line === undefined ? undefined : `line ${line}`, field].filter((part) => part !== undefined).join(", ");
  const sentence = text.replaceAll("`", "");
  return place === "" ? sentence : `${place}: ${sentence}`;
}
