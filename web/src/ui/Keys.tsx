// The keys that work, in a dialog of their own.

import { Kbd, Modal, Stack, Switch, Text, Title } from "@mantine/core";
import type { Page } from "../routes";
import { actionsOfPage, useSingleKeys } from "./shortcuts";
import "./keys.css";

type Row = [keys: string[], what: string];

export default function Keys({ pages, onClose }: { pages: Page[]; onClose: () => void }) {
  const [isOn, turn] = useSingleKeys();
  const here: Row[] = actionsOfPage().map(({ key, label }) => [[key], label]);
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts" size="lg">
      <Stack gap="md">
        <Switch
          label="Single keys"
          description="Turn them off if they get in the way of speech input. Ctrl K always works."
          checked={isOn}
          onChange={(event) => turn(event.currentTarget.checked)}
          data-autofocus
        />
        <div className="keys" data-off={isOn ? undefined : true}>
          <Part title="Everywhere" rows={[[["Ctrl", "K"], "Search pages and objects"], [["/"], "Search the list"], [["?"], "These shortcuts"], [["Esc"], "Close; leave an editor"]]} />
          <Part title="In lists" rows={[[["j"], "Next row"], [["k"], "Row before"], [["Enter"], "Open it"]]} />
          {here.length > 0 && <Part title="On this page" rows={here} />}
          <Part title="In editors" rows={[[["Ctrl", "Enter"], "Run or try the query"], [["Ctrl", "S"], "Save"], [["Esc", "Tab"], "Leave the editor"]]} />
          <Part title="Go to" rows={pages.map(({ key, label }): Row => [["g", key], label])} />
        </div>
      </Stack>
    </Modal>
  );
}

function Part({ title, rows }: { title: string; rows: Row[] }) {
  return (
    <section>
      <Title order={3} size="h6" mb={4}>
        {title}
      </Title>
      <dl>
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key} size="xs">
                  {key}
                </Kbd>
              ))}
            </dt>
            <Text component="dd" size="sm" m={0}>
              {what}
            </Text>
          </div>
        ))}
      </dl>
    </section>
  );
}
