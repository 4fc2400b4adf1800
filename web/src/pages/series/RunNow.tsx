import { Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconHistory, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import type { Series } from "../../api/series";
import { instant } from "../../lib/format";
import { exampleWords, windowOf } from "../../lib/windowWords";

interface Props {
  series: Series;
  busy: boolean;
  onRun: (slot?: string) => void;
}

/** Runs the series for the present second, or for a slot that has passed. */
export function RunNow({ series, busy, onRun }: Props) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button.Group>
        <Button aria-keyshortcuts="r" leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => onRun()} loading={busy}>
          Run now
        </Button>
        {/* Which rows are new does not depend on the slot. */}
        {series.mode.mode !== "incremental" && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button px={8} aria-label="More ways to run" style={{ borderInlineStart: "1px solid #fff6" }}>
                <IconChevronDown size={16} aria-hidden />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconHistory size={16} aria-hidden />} onClick={open}>
                Run a past slot
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Button.Group>
      <Modal opened={opened} onClose={close} title="Run a past slot" size="md">
        <PastSlot
          series={series}
          onRun={(slot) => {
            close();
            onRun(slot);
          }}
        />
      </Modal>
    </>
  );
}

function PastSlot({ series, onRun }: { series: Series; onRun: (slot: string) => void }) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState(false);
  const at = Date.parse(text);
  const wrong = Number.isNaN(at) ? "Give a date and a time" : at > Date.now() ? "This slot has not come yet" : undefined;
  const { mode } = series;
  const window =
    wrong === undefined && mode.mode === "window" ? windowOf({ mode: "window", length_s: mode.length_s ?? undefined, lag_s: mode.lag_s ?? 0 }, at) : undefined;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (wrong === undefined) onRun(new Date(at).toISOString());
        else document.querySelector<HTMLElement>('[data-path="slot"]')?.focus();
      }}
    >
      <Stack gap="sm">
        <TextInput
          type="datetime-local"
          step={1}
          label="Slot"
          description="In your own time zone"
          required
          data-autofocus
          data-path="slot"
          value={text}
          error={asked ? wrong : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {window && <Text size="sm">{exampleWords(new Date(at).toISOString(), window)}</Text>}
        {mode.mode === "window" ? (
          <Text size="sm" c="dimmed">
            Points that are there already are replaced by the same points.
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            A snapshot reads what the database answers now{wrong === undefined ? `, and stores it under ${instant(new Date(at).toISOString())}` : ", and stores it under that time"}.
          </Text>
        )}
        <Group justify="flex-end">
          <Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />}>
            Run it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
