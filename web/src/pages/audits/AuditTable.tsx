// Audits, one line each.

import "../../ui/stacks.css";
import "./audits.css";

import { Anchor, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Audit } from "../../api/audits";
import { foundWords } from "../../lib/audits";
import { AuditBadge } from "../../ui/AuditBadge";
import { Range } from "../../ui/Bound";
import { When } from "../../ui/When";

export function AuditTable({ audits }: { audits: readonly Audit[] }) {
  const navigate = useNavigate();
  return (
    <div className="list">
      <div className="list-rows whole" tabIndex={0} role="region" aria-label="Audits">
        <table role="table" className="stacks audits">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Series and range</th>
              <th scope="col">Found</th>
              <th scope="col" className="not-narrow">
                Asked for
              </th>
            </tr>
          </thead>
          <tbody>
            {audits.map((audit) => (
              <tr key={audit.id} role="row" data-opens onClick={() => void navigate({ to: "/audits/$audit", params: { audit: audit.id } })} aria-busy={audit.state === "running"}>
                <td role="cell">
                  <AuditBadge state={audit.state} />
                </td>
                <td role="cell" className="told audit-range">
                  <Anchor
                    size="sm"
                    fw={550}
                    onClick={(event) => event.stopPropagation()}
                    renderRoot={(rest) => <Link to="/audits/$audit" params={{ audit: audit.id }} {...rest} />}
                  >
                    {audit.series.name}
                  </Anchor>
                  <Text size="xs" c="dimmed" component="div">
                    <Range from={audit.from} to={audit.to} />, by {audit.every}
                    {audit.every === "day" && ` in ${audit.zone}`}
                  </Text>
                </td>
                <td role="cell" className="told">
                  {foundWords(audit)}
                </td>
                <td role="cell" className="not-narrow">
                  <When at={audit.started_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
