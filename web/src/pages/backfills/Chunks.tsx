// The chunks of a backfill, each the run that it is.

import "../../ui/stacks.css";
import "./backfills.css";

import { Anchor, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Backfill } from "../../api/backfills";
import { goesOn, lengthOf, type Run, runPage } from "../../api/runs";
import { count, duration, sentences } from "../../lib/format";
import { Bound, Range } from "../../ui/Bound";
import { RunBadge } from "../../ui/RunBadge";
import { Section } from "../../ui/Section";

/** Failed chunks that are told one by one. */
const TOLD = 10;

/** Chunks that failed and can be run again, with the reason of the last try. */
export function FailedChunks({ id, backfill: { failed } }: { id: string; backfill: Backfill }) {
  const { data } = useQuery({ ...runPage({ backfill: id, status: "failed", limit: 100 }), enabled: failed.length > 0 });
  if (failed.length === 0) return null;
  const left = new Set(failed);
  // The newest first: of a chunk that failed twice the last reason.
  const runs = (data ?? []).filter(({ chunk }) => chunk != null && left.delete(chunk.number)).slice(0, TOLD);
  return (
    <Section
      title={failed.length === 1 ? "1 chunk failed" : `${count(failed.length)} chunks failed`}
      about={`The others do not depend on ${failed.length === 1 ? "it" : "them"}. Mend the cause, then run the failed chunks again.`}
      actions={
        <Anchor size="sm" renderRoot={(rest) => <Link to="/runs" search={{ backfill: id, status: "failed" }} {...rest} />}>
          All runs that failed
        </Anchor>
      }
    >
      <ul className="chunk-list">
        {runs.map((run) => (
          <li key={run.id}>
            <ChunkLink run={run} />
            <Text size="sm" className="wrap">
              {run.reason == null ? "It says no reason." : sentences(run.reason.message, run.reason.advice)}
            </Text>
          </li>
        ))}
      </ul>
      {failed.length > runs.length && runs.length > 0 && (
        <Text size="sm" c="dimmed">
          And {count(failed.length - runs.length)} more.
        </Text>
      )}
    </Section>
  );
}

/** Its newest runs. */
export function Chunks({ id, runs }: { id: string; runs: Run[] | undefined }) {
  const now = Date.now();
  return (
    <Section
      title="Chunks"
      about="The newest first. Each is a run, with its own log and rejects."
      actions={
        <Anchor size="sm" renderRoot={(rest) => <Link to="/runs" search={{ backfill: id }} {...rest} />}>
          All its runs
        </Anchor>
      }
    >
      {runs === undefined && <Skeleton height={120} role="status" aria-label="Loading the chunks" />}
      {runs?.length === 0 && (
        <Text size="sm" c="dimmed">
          None has begun yet.
        </Text>
      )}
      {runs !== undefined && runs.length > 0 && (
        <div className="list">
          <div className="list-rows whole" tabIndex={0} role="region" aria-label="Chunks">
            <table role="table" className="stacks">
              <thead>
                <tr>
                  <th scope="col">Status</th>
                  <th scope="col">Chunk</th>
                  <th scope="col" className="figure not-narrow">
                    Rows
                  </th>
                  <th scope="col" className="figure not-narrow">
                    Points
                  </th>
                  <th scope="col" className="figure not-narrow">
                    Took
                  </th>
                </tr>
              </thead>
              <tbody>
                {runs.map((run) => {
                  const length = lengthOf(run, now);
                  return (
                    <tr key={run.id} role="row" aria-busy={goesOn(run.status)}>
                      <td role="cell">
                        <RunBadge status={run.status} />
                      </td>
                      <td role="cell" className="told">
                        <ChunkLink run={run} />
                        <Text size="xs" c="dimmed" className="narrow-only">
                          {count(run.figures.rows_read ?? 0)} rows, {count(run.figures.points_written ?? 0)} points
                          {length !== undefined && ` · ${duration(length)}`}
                        </Text>
                      </td>
                      <td role="cell" className="figure not-narrow">{count(run.figures.rows_read ?? 0)}</td>
                      <td role="cell" className="figure not-narrow">{count(run.figures.points_written ?? 0)}</td>
                      <td role="cell" className="figure not-narrow">{length === undefined ? "–" : duration(length)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Section>
  );
}

function ChunkLink({ run: { id, chunk } }: { run: Run }) {
  return (
    <Text size="sm" component="div" className="wrap">
      <Anchor size="sm" fw={550} renderRoot={(rest) => <Link to="/runs/$run" params={{ run: id }} {...rest} />}>
        {chunk == null ? "A chunk" : `Chunk ${count(chunk.number + 1)}`}
      </Anchor>{" "}
      {chunk != null && <Text span size="sm" c="dimmed">{chunk.to == null ? <Bound at={chunk.from} /> : <Range from={chunk.from} to={chunk.to} />}</Text>}
    </Text>
  );
}
