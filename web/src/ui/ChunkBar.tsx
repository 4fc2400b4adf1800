import "./chunkBar.css";

import { chunkWords, shares } from "../lib/backfills";

interface Props {
  chunks: number;
  done: number;
  failed: readonly number[];
  open: number;
}

/** How far a backfill has come: a bar, in which what failed differs by its pattern too, and the same in words. */
export function ChunkBar(backfill: Props) {
  const { done, failed } = shares(backfill);
  return (
    <div className="chunk-bar">
      <div className="chunk-way" aria-hidden>
        <div className="chunk-done" style={{ width: `${done}%` }} />
        <div className="chunk-failed" style={{ width: `${failed}%` }} />
      </div>
      <span>{chunkWords(backfill)}</span>
    </div>
  );
}
