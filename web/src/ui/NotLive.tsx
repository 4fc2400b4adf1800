import { IconPlugConnectedX } from "@tabler/icons-react";
import { useLost } from "../api/live";
import "./notLive.css";

/** Says, in a corner, that what is shown may be old. There from the start, so that a screen reader hears what comes into it. */
export function NotLive() {
  const lost = useLost();
  return (
    <div role="status" className="not-live">
      {lost && (
        <span className="not-live-sign">
          <IconPlugConnectedX size={16} stroke={1.6} aria-hidden />
          Not live: trying again
        </span>
      )}
    </div>
  );
}
