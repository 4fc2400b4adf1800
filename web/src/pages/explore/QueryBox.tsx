// The query, as the choices write it or a person does.

import { Alert, Button, Code, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconLink, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { type Language, LANGUAGES } from "../../lib/exploreSearch";
import { CodeEditor } from "../../ui/CodeEditor";
import { Problem } from "../../ui/Problem";
import { isOfQuery } from "./refusals";
import type { Asking } from "./useAsking";
import { useExplore } from "./useExplore";

const RANGE_WORDS: Record<Language, [string, string, string]> = {
  influxql: [":from", ":to", ":interval"],
  sql: [":from", ":to", ":interval"],
  flux: ["v.timeRangeStart", "v.timeRangeStop", "v.windowPeriod"],
};

export function QueryBox({ asking, language, languages }: { asking: Asking; language: Language; languages: Language[] }) {
  const { search, choose } = useExplore();
  const [from, to, interval] = RANGE_WORDS[language];
  const wrong = isOfQuery(asking.error) ? asking.error : undefined;
  return (
    <Stack gap="sm">
      {languages.length > 1 && (
        <SegmentedControl
          aria-label="Language"
          style={{ alignSelf: "flex-start" }}
          data={languages.map((one) => ({ value: one, label: LANGUAGES[one] }))}
          value={language}
          onChange={(chosen) => choose({ language: chosen === languages[0] ? undefined : (chosen as Language) })}
        />
      )}
      {asking.waits && (
        <Alert icon={<IconLink aria-hidden />} color="yellow" title="This query came with the address">
          Read it, and run it if it asks what you want to know.
        </Alert>
      )}
      <CodeEditor
        label={`Query in ${LANGUAGES[language]}`}
        description={
          <>
            <Code>{from}</Code> and <Code>{to}</Code> are the time above, <Code>{interval}</Code> a window that fits.
          </>
        }
        language={language === "sql" ? "postgres" : language}
        value={asking.text}
        onChange={asking.edit}
        onRun={asking.run}
        minLines={3}
        error={asking.text === asking.stands ? wrong?.message : undefined}
      />
      {asking.unwritten != null && <Problem error={asking.unwritten} />}
      <Group gap="sm">
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={asking.run} disabled={asking.text.trim() === ""}>
          Run
        </Button>
        {asking.running && (
          <Button variant="default" leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={asking.stop}>
            Stop
          </Button>
        )}
        {asking.byHand && search.measurement !== undefined && (
          <>
            <Text size="sm" c="dimmed">
              Written by hand.
            </Text>
            <Button variant="subtle" onClick={() => choose({})}>
              Back to the choices
            </Button>
          </>
        )}
      </Group>
    </Stack>
  );
}
