// A test of an endpoint: it really sends, and says no more than what it proves.

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type EndpointTest, type Handler, type OfKapacitor, testEndpoint } from "../../api/endpoints";
import { sentence } from "../../lib/format";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { StateBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";
import { outcomeOf } from "./words";

interface Props {
  of: OfKapacitor;
  handler: Handler;
  name: string;
  title: string;
  /** Why it cannot be tested now. */
  obstacle: string | undefined;
}

export function TestPart({ of, handler, name, title, obstacle }: Props) {
  const [asking, setAsking] = useState(false);
  const test = useMutation({
    mutationFn: async () => {
      setAsking(false);
      return { ...(await testEndpoint(of, name)), at: new Date().toISOString() };
    },
  });
  if (handler.test == null) {
    return (
      <Section title="Test">
        <Text size="sm">This Kapacitor cannot test it.</Text>
      </Section>
    );
  }
  return (
    <Section title="Test" about="A real message, sent by Kapacitor as it runs now.">
      <Text size="sm" id="obstacle" hidden={obstacle === undefined}>
        {obstacle}
      </Text>
      <Group>
        <Button
          variant="default"
          leftSection={<IconSend size={16} aria-hidden />}
          disabled={obstacle !== undefined}
          {...(obstacle !== undefined && { "aria-describedby": "obstacle" })}
          loading={test.isPending}
          onClick={() => setAsking(true)}
        >
          Send a test
        </Button>
      </Group>
      <div role="status" aria-label="What came of the test">
        {test.isPending && <Text size="sm">Kapacitor is sending …</Text>}
        {test.data && !test.isPending && <Outcome test={test.data} at={test.data.at} />}
      </div>
      {test.error !== null && !test.isPending && <Problem error={test.error} />}
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Send a test through ${title}?`}>
        <Stack gap="sm">
          <Text size="sm">
            Kapacitor really sends a message through {title}, and somebody may be called by it. A success means no more than this: {handler.test.says}.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
              Cancel
            </Button>
            <Button onClick={() => test.mutate()}>Send it</Button>
          </Group>
        </Stack>
      </Modal>
    </Section>
  );
}

function Outcome({ test, at }: { test: EndpointTest; at: string }) {
  const { tone, words } = outcomeOf(test);
  return (
    <Stack gap={4} align="flex-start">
      <Group gap="xs">
        <StateBadge tone={tone}>{words}</StateBadge>
        <Text size="sm" c="dimmed">
          <When at={at} />
        </Text>
      </Group>
      <Text size="sm" className="wrap">
        {sentence(test.says)}
      </Text>
      {test.message !== "" && (
        <Text size="sm" className="wrap">
          Kapacitor says: {test.message}
        </Text>
      )}
    </Stack>
  );
}
