import { Button, Paper, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { type Dsn, dsnOf } from "../../lib/dsn";

const WORDS: [keyof Dsn, string][] = [
  ["engine", "engine"], ["path", "path"], ["host", "host"], ["port", "port"], ["database", "database"], ["username", "user"], ["password", "password"],
  ["tls", "TLS"],
];

/** Takes a whole address and fills the fields from it. It stays in the browser, and does not stay in the box: it may hold a password. */
export function PasteDsn({ onTaken }: { onTaken: (dsn: Dsn) => void }) {
  const [text, setText] = useState("");
  const [said, setSaid] = useState<{ wrong: boolean; words: string }>();
  const take = (pasted: string) => {
    const dsn = dsnOf(pasted);
    if (dsn === undefined) {
      setText(pasted);
      setSaid({ wrong: true, words: "This is no address of a database: postgres://user@host/database, mysql://user@host/database or sqlite:/path/to/file.db" });
      return;
    }
    const taken = WORDS.filter(([field]) => dsn[field] !== undefined).map(([, word]) => word);
    const rest = dsn.ignored.length === 0 ? "" : ` Left out: ${dsn.ignored.join(", ")}.`;
    setText("");
    setSaid({ wrong: false, words: `Filled in: ${taken.join(", ")}.${rest}` });
    onTaken(dsn);
  };
  return (
    <Paper withBorder p="md" component="section" aria-label="Paste an address">
      <TextInput
        label="Paste an address"
        description="Fills in the fields below, here in the browser"
        placeholder="postgres://reader@db.example.com:5432/shop"
        autoComplete="off"
        spellCheck={false}
        value={text}
        error={said?.wrong === true ? said.words : undefined}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setSaid(undefined);
        }}
        onPaste={(event) => {
          event.preventDefault();
          take(event.clipboardData.getData("text"));
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          take(text);
        }}
        rightSection={
          text === "" ? undefined : (
            <Button size="compact-xs" variant="subtle" onClick={() => take(text)}>
              Fill in
            </Button>
          )
        }
        rightSectionWidth={72}
      />
      <Text size="sm" c="dimmed" role="status" mt={said?.wrong === false ? 4 : 0}>
        {said?.wrong === false && said.words}
      </Text>
    </Paper>
  );
}
