// Backfills, one line each.

import "../../ui/stacks.css";
import "./backfills.css";

import { Anchor, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Backfill } from "../../api/backfills";
import { isOpen } from "../../lib/backfills";
import { count } from "../../lib/format";
import { BackfillBadge } from "../../ui/BackfillBadge";
import { Range } from "../../ui/Bound";
import { ChunkBar } from "../../ui/ChunkBar";
import { When } from "../../ui/When";
import { BackfillActions } from "./BackfillActions";
import { Over } from "./Over";

export function BackfillTable({ backfills }: { backfills: readonly Backfill[] }) {
  const navigate = useNavigate();
  return (
    <div className="list">
      <div className="list-rows whole" tabIndex={0} role="region" aria-label="Backfills">
        <table role="table" className="stacks backfills">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Series and range</th>
              <th scope="col">Progress</th>
              <th scope="col" className="figure not-narrow">
                Rows
              </th>
              <th scope="col" className="figure wide-only">
                Rows/s
              </th>
              <th scope="col" className="not-narrow">
                Over
              </th>
              <th scope="col" className="wide-only">
                Asked for
              </th>
              <th scope="col">
                <span className="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {backfills.map((backfill) => {
              const id = backfill.id ?? "";
              return (
                <tr key={id} role="row" data-opens onClick={() => void navigate({ to: "/backfills/$backfill", params: { backfill: id } })} aria-busy={isOpen({ state: backfill.state ?? null })}>
                  <td role="cell">{backfill.state != null && <BackfillBadge state={backfill.state} />}</td>
                  <td role="cell" className="told backfill-range">
                    <Anchor
                      size="sm"
                      fw={550}
                      onClick={(event) => event.stopPropagation()}
                      renderRoot={(rest) => <Link to="/backfills/$backfill" params={{ backfill: id }} {...rest} />}
                    >
                      {backfill.series_name}
                    </Anchor>
                    <Text size="xs" c="dimmed" component="div">
                      <Range from={backfill.from} to={backfill.to} />
                    </Text>
                    <Text size="xs" c="dimmed" className="narrow-only" component="div">
                      {count(backfill.figures.rows_read ?? 0)} rows{backfill.rows_per_s != null && `, ${count(backfill.rows_per_s)} per second`} · <Over of={backfill} />
                    </Text>
                  </td>
                  <td role="cell" className="backfill-progress">
                    <ChunkBar {...backfill} />
                  </td>
                  <td role="cell" className="figure not-narrow">{count(backfill.figures.rows_read ?? 0)}</td>
                  <td role="cell" className="figure wide-only">{backfill.rows_per_s == null ? "–" : count(backfill.rows_per_s)}</td>
                  <td role="cell" className="not-narrow">
                    <Over of={backfill} />
                  </td>
                  <td role="cell" className="wide-only">{backfill.created_at != null && <When at={backfill.created_at} />}</td>
                  <td role="cell" className="backfill-actions">
                    <BackfillActions backfill={backfill} compact />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

