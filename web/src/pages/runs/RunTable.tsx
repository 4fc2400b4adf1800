// Runs, one line each.

import "./runs.css";
import "../../ui/stacks.css";

import { Anchor, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { goesOn, lengthOf, type Run } from "../../api/runs";
import { count, duration, instant, sentence } from "../../lib/format";
import { RunBadge } from "../../ui/RunBadge";

/** What started it, with the try where it is not the first. */
export function beganBy({ trigger, attempt }: Run): string {
  const word = { schedule: "schedule", manual: "by hand", retry: "tried again", backfill: "backfill" }[trigger];
  return attempt > 1 ? `${word}, try ${attempt}` : word;
}

/** `1 row`, `2 rows`. */
function some(many: number, one: string): string {
  return `${count(many)} ${many === 1 ? one : `${one}s`}`;
}

interface Props {
  runs: Run[];
  label: string;
  /** Leave out what all have in common. */
  without?: "series";
  /** The run that the page is about. */
  current?: string;
}

export function RunTable({ runs, label, without, current }: Props) {
  const navigate = useNavigate();
  const now = Date.now();
  // A column of zeros says nothing.
  const hasRejects = runs.some(({ figures }) => (figures.rejected ?? 0) > 0);
  return (
    <div className="list">
      <div className="list-rows whole" tabIndex={0} role="region" aria-label={label}>
        <table role="table" className="stacks">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">{without === "series" ? "Slot" : "Series"}</th>
              {without !== "series" && (
                <th scope="col" className="not-narrow">
                  Slot
                </th>
              )}
              <th scope="col" className="wide-only">
                Started by
              </th>
              <th scope="col" className="figure not-narrow">
                Rows
              </th>
              <th scope="col" className="figure not-narrow">
                Points
              </th>
              {hasRejects && (
                <th scope="col" className="figure wide-only">
                  Rejected
                </th>
              )}
              <th scope="col" className="figure not-narrow">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => {
              const length = lengthOf(run, now);
              const open = () => void navigate({ to: "/runs/$run", params: { run: run.id } });
              return (
                <tr key={run.id} role="row" data-opens onClick={open} aria-current={run.id === current ? "true" : undefined} aria-busy={goesOn(run.status)}>
                  <td role="cell">
                    <RunBadge status={run.status} />
                  </td>
                  <td role="cell" className="named">
                    <Opens run={run}>{without === "series" ? <Slot run={run} /> : run.series_name}</Opens>
                    {run.reason != null && (
                      <Text size="xs" c="dimmed" title={run.reason.message}>
                        {sentence(run.reason.message)}
                      </Text>
                    )}
                    <Text size="xs" c="dimmed" className="narrow-only">
                      {without !== "series" && `${instant(run.slot)} · `}
                      {`${some(run.figures.rows_read ?? 0, "row")}, ${some(run.figures.points_written ?? 0, "point")}`}
                      {(run.figures.rejected ?? 0) > 0 && `, ${count(run.figures.rejected ?? 0)} rejected`}
                      {length !== undefined && ` · ${duration(length)}`}
                    </Text>
                  </td>
                  {without !== "series" && (
                    <td role="cell" className="not-narrow">
                      <Slot run={run} />
                    </td>
                  )}
                  <td role="cell" className="wide-only">{beganBy(run)}</td>
                  <td role="cell" className="figure not-narrow">{count(run.figures.rows_read ?? 0)}</td>
                  <td role="cell" className="figure not-narrow">{count(run.figures.points_written ?? 0)}</td>
                  {hasRejects && <td role="cell" className="figure wide-only">{count(run.figures.rejected ?? 0)}</td>}
                  <td role="cell" className="figure not-narrow">{length === undefined ? "–" : duration(length)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Opens({ run, children }: { run: Run; children: ReactNode }) {
  return (
    <Anchor
      size="sm"
      fw={550}
      onClick={(event) => event.stopPropagation()}
      renderRoot={(rest) => <Link to="/runs/$run" params={{ run: run.id }} {...rest} />}
    >
      {children}
    </Anchor>
  );
}

/** The slot in the viewer's time, UTC on hover; a stretch of slots by its first. */
function Slot({ run }: { run: Run }) {
  return (
    <time dateTime={run.slot} title={run.slot}>
      {instant(run.slot)}
      {run.slots > 1 && ` and ${count(run.slots - 1)} more`}
    </time>
  );
}
