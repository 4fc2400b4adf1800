// What is inside a Kapacitor: how it is by its own word, and the way to its alert endpoints and tasks.

import { Anchor, Button, Paper, SimpleGrid, Text } from "@mantine/core";
import { IconBell, IconListCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Kapacitor, statisticsOf } from "../../api/kapacitors";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { inFigures } from "./statistics";
import "./kapacitors.css";

export function Inside({ kapacitor }: { kapacitor: Kapacitor }) {
  const { data, error, isFetching, refetch } = useQuery(statisticsOf(kapacitor.connection_id, kapacitor.id));
  const params = { connection: kapacitor.connection_id, kapacitor: kapacitor.id };
  const figures = data ? inFigures(data) : [];
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} component="nav" aria-label="Inside this Kapacitor">
        <Paper withBorder p="md" className="door">
          <IconBell size={22} stroke={1.6} aria-hidden />
          <div>
            <Anchor fw={600} className="door-link" renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor/endpoints" params={params} {...rest} />}>
              Alert endpoints
            </Anchor>
            <Text size="sm" c="dimmed">
              Whom it tells of alerts: Slack, mail, PagerDuty …
            </Text>
          </div>
        </Paper>
        <Paper withBorder p="md" className="door">
          <IconListCheck size={22} stroke={1.6} aria-hidden />
          <div>
            <Anchor fw={600} className="door-link" renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor/tasks" params={params} {...rest} />}>
              Tasks
            </Anchor>
            <Text size="sm" c="dimmed">
              What runs in it, and what it reads
            </Text>
          </div>
        </Paper>
      </SimpleGrid>
      <Section
        title="Right now"
        about={data ? undefined : "By its own word"}
        actions={
          data && (
            <Button size="compact-xs" variant="subtle" loading={isFetching} onClick={() => void refetch()}>
              Look again
            </Button>
          )
        }
      >
        {error !== null && <Problem error={error} retry={() => void refetch()} />}
        {data === undefined && error === null && <Loading lines={2} />}
        {data && figures.length === 0 && <Text size="sm">It tells nothing of itself.</Text>}
        {figures.length > 0 && (
          <dl className="figures">
            {figures.map(([name, value, more]) => (
              <div key={name}>
                <Text component="dt" size="sm" c="dimmed">
                  {name}
                </Text>
                <Text component="dd" m={0} fw={650} size="lg" lh={1.3} className="wrap">
                  {value}
                  {more !== undefined && (
                    <Text span size="xs" c="dimmed" fw={400} display="block">
                      {more}
                    </Text>
                  )}
                </Text>
              </div>
            ))}
          </dl>
        )}
      </Section>
    </>
  );
}
