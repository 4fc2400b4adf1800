import { strip } from "../../lib/audits";
import { instant } from "../../lib/format";
import type { Audit } from "../../api/audits";

/** Parts of the strip: each stays wider than a hair in a narrow window. */
const PARTS = 120;

/** Where in the range it differs: what differs stands higher. The table beside it tells the same. */
export function Strip({ audit }: { audit: Audit }) {
  const cells = strip(audit, audit.differences, PARTS);
  const differing = cells.filter(({ look }) => look === "differs").length;
  return (
    <div>
      <div className="audit-strip" role="img" aria-label={`Where it differs: ${differing} of ${cells.length} equal parts of the range`}>
        {cells.map(({ from, to, look }) => (
          <span key={from} data-look={look} title={`${instant(new Date(from).toISOString())} – ${instant(new Date(to).toISOString())}: ${look === "open" ? "not compared" : look}`} />
        ))}
      </div>
      <div className="audit-ends">
        <time dateTime={audit.from}>{instant(audit.from)}</time>
        <time dateTime={audit.to}>{instant(audit.to)}</time>
      </div>
    </div>
  );
}
