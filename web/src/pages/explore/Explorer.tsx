import { Anchor, Button, Collapse, Group, Stack } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconAdjustments, IconChartLine } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Connection } from "../../api/connections";
import { type At, places as placesOf } from "../../api/explore";
import type { Language } from "../../lib/exploreSearch";
import { Empty } from "../../ui/Empty";
import { Problem } from "../../ui/Problem";
import { AnswerPanel } from "./AnswerPanel";
import { Browse } from "./Browse";
import { Parts } from "./Parts";
import { QueryBox } from "./QueryBox";
import { RangeField } from "./RangeField";
import { isOfConnection } from "./refusals";
import { Shaping } from "./Shaping";
import { useAsking } from "./useAsking";
import { useExplore } from "./useExplore";

/** What a text is shown as until the server has told its languages. */
const LIKELY: Record<Connection["driver"], Language> = { v1: "influxql", v2: "flux", v3: "sql", file: "sql" };

/** One connection that can be asked. */
export function Explorer({ connection }: { connection: Connection }) {
  const { search } = useExplore();
  const places = useQuery(placesOf(connection.id));
  const languages = places.data?.languages ?? [];
  const language = search.language ?? languages[0] ?? LIKELY[connection.driver];
  const at: At = { connection: connection.id, place: search.place, policy: search.policy };
  const asking = useAsking(at, search.language);
  if (places.error && isOfConnection(places.error)) {
    return (
      <Stack gap="sm" align="flex-start">
        <Problem error={places.error} retry={() => void places.refetch()} />
        <Anchor renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: connection.id }} {...rest} />}>
          Check the connection step by step
        </Anchor>
      </Stack>
    );
  }
  return (
    <div className="explore">
      <Stack gap="md" component="nav" aria-label="What is there">
        <Browse connection={connection} at={at} />
        {search.measurement !== undefined && (
          <Narrowed>
            <Parts key={JSON.stringify([at, search.measurement])} at={at} measurement={search.measurement} />
          </Narrowed>
        )}
      </Stack>
      <Stack gap="md" miw={0}>
        <Group align="flex-end" gap="sm">
          <RangeField />
          {search.measurement !== undefined && <Shaping at={at} measurement={search.measurement} />}
        </Group>
        <QueryBox asking={asking} language={language} languages={languages} />
        {asking.stands === undefined && !asking.unwritten ? (
          search.measurement === undefined && (
            <Empty icon={IconChartLine} title="Nothing is asked yet">
              Choose a measurement, or write a query and run it with Ctrl+Enter.
            </Empty>
          )
        ) : (
          <AnswerPanel asking={asking} at={at} />
        )}
      </Stack>
    </div>
  );
}

/** Where there is no room beside the chart, what narrows it down is opened when it is wanted: the chart is what people came for. */
function Narrowed({ children }: { children: ReactNode }) {
  const isBeside = useMediaQuery("(min-width: 62em)", true);
  const [opened, { toggle }] = useDisclosure();
  if (isBeside) return children;
  return (
    <div>
      <Button size="xs" variant="default" leftSection={<IconAdjustments size={14} aria-hidden />} onClick={toggle} aria-expanded={opened} mb="sm">
        Fields and tags
      </Button>
      <Collapse expanded={opened}>{children}</Collapse>
    </div>
  );
}
