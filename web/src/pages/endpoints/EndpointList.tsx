import { Anchor, Button, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { AlertEndpoint, OfKapacitor } from "../../api/endpoints";
import { sentence } from "../../lib/format";
import { StateBadge } from "../../ui/StateBadge";
import { useApply } from "./Differs";
import { type Grouped, labelsOf, type Listed, summaryOf, titleOf } from "./words";

/** Endpoints that somebody has set up, each with what tells it from the others. */
export function EndpointList({ of, label, endpoints }: { of: OfKapacitor; label: string; endpoints: Listed[] }) {
  return (
    <ul className="endpoints" aria-label={label}>
      {endpoints.map((listed) => (
        <One key={listed.endpoint.name} of={of} listed={listed} />
      ))}
    </ul>
  );
}

function One({ of, listed }: { of: OfKapacitor; listed: Listed }) {
  const { handler, endpoint } = listed;
  const apply = useApply(of, listed);
  const differs = endpoint.differs.length > 0;
  return (
    <li data-opens>
      <div style={{ minWidth: 0 }}>
        <Group gap="xs">
          <Anchor fw={600} size="sm" className="wrap" renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor/endpoints/$endpoint" params={{ ...of, endpoint: endpoint.name }} {...rest} />}>
            {titleOf(handler, endpoint)}
          </Anchor>
          <EnabledBadge of={endpoint} />
          {differs && (
            <StateBadge tone="warning" why={`Running otherwise than stored: ${labelsOf(handler, endpoint.differs)}`}>
              Not as stored
            </StateBadge>
          )}
        </Group>
        <Text size="sm" c="dimmed" className="wrap">
          {summaryOf(handler, endpoint)}
        </Text>
        {handler.remark != null && (
          <Text size="sm" c="dimmed" className="wrap">
            {sentence(handler.remark)}
          </Text>
        )}
      </div>
      {differs && (
        <Button size="xs" variant="default" aria-label={`Apply ${titleOf(handler, endpoint)} again`} loading={apply.isPending} onClick={() => apply.mutate()}>
          Apply again
        </Button>
      )}
    </li>
  );
}

/** Whether Kapacitor uses it. */
export function EnabledBadge({ of: { enabled } }: { of: AlertEndpoint }) {
  if (enabled == null) return <StateBadge tone="good" why="There is no switch: it is used as soon as it is there">Always on</StateBadge>;
  return enabled ? <StateBadge tone="good">On</StateBadge> : <StateBadge tone="quiet">Off</StateBadge>;
}

/** What a Kapacitor can use and nobody has set up. */
export function Offered({ of, offered }: { of: OfKapacitor; offered: Grouped["offered"] }) {
  return (
    <ul className="offered" aria-label="Not set up">
      {offered.map(({ handler, endpoint }) => (
        <li key={endpoint?.name ?? handler.section} data-opens>
          <Anchor
            size="sm"
            className="wrap"
            renderRoot={(rest) =>
              endpoint ? (
                <Link to="/connections/$connection/kapacitors/$kapacitor/endpoints/$endpoint" params={{ ...of, endpoint: endpoint.name }} {...rest} />
              ) : (
                <Link to="/connections/$connection/kapacitors/$kapacitor/endpoints/new" params={of} search={{ handler: handler.section }} {...rest} />
              )
            }
          >
            {endpoint ? titleOf(handler, endpoint) : handler.label}
          </Anchor>
          {handler.remark != null && (
            <Text size="xs" c="dimmed" className="wrap">
              {sentence(handler.remark)}
            </Text>
          )}
        </li>
      ))}
    </ul>
  );
}
