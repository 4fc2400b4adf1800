import "./backfills.css";

import { Alert, Text } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import type { Backfill } from "../../api/backfills";
import { chunkLength, chunkLengthWords } from "../../lib/backfills";
import { count } from "../../lib/format";
import { Bound, Range } from "../../ui/Bound";

/** What would be read, before anything is. */
export function Plan({ plan: { chunks, from, to, plan = [] }, isOpenEnd, isWindow }: { plan: Backfill; isOpenEnd: boolean; isWindow: boolean }) {
  const length = chunkLength(plan, chunks);
  const each = length === undefined ? "" : isWindow ? `, ${chunkLengthWords(length)} apart` : ` of ${chunkLengthWords(length)}`;
  return (
    <Alert color="teal" icon={<IconListCheck aria-hidden />} title={`${count(chunks)} ${isWindow ? (chunks === 1 ? "slot" : "slots") : chunks === 1 ? "chunk" : "chunks"}${each}`}>
      <Text size="sm" className="wrap">
        {isWindow ? (
          <>
            The first is <Bound at={from} />, the last <Bound at={to} />.
          </>
        ) : (
          <>
            From <Bound at={from} /> up to <Bound at={to} />, {isOpenEnd ? "the fence of this moment, which is not included" : "not included"}.
          </>
        )}{" "}
        Nothing is read or written yet.
      </Text>
      {plan.length > 1 && (
        <details className="plan-all">
          <summary>{chunks > plan.length ? `The first ${count(plan.length)}` : "All of them"}</summary>
          <ol className="plan" tabIndex={0} aria-label="Chunks">
            {plan.map(({ number, from: begin, to: end }) => (
              <li key={number}>
                <span>{count(number + 1)}</span>
                <span>{end == null ? <Bound at={begin} /> : <Range from={begin} to={end} />}</span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </Alert>
  );
}
