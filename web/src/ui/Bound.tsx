import { instant } from "../lib/format";

/** An end of a range: an instant in the viewer's time with the exact one on hover, another value of a cursor as the database writes it. */
export function Bound({ at }: { at: string }) {
  const isInstant = /^\d{4}-\d\d-\d\d[T ][\d:.]+([zZ]|[+-]\d\d:?\d\d)$/.test(at) && !Number.isNaN(Date.parse(at));
  if (!isInstant) return <code className="wrap">{at}</code>;
  return (
    <time dateTime={at} title={at}>
      {instant(at)}
    </time>
  );
}

/** From where to where. */
export function Range({ from, to }: { from: string; to: string }) {
  return (
    <>
      <Bound at={from} /> → <Bound at={to} />
    </>
  );
}
