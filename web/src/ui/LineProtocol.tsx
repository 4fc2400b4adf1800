// A line as InfluxDB is sent it: its parts by colour and form, what is escaped and what is not to be seen made visible.

import { memo } from "react";
import { tokens, type Token } from "../lib/lineProtocol";
import "./lineProtocol.css";

export const LineProtocol = memo(function LineProtocol({ line }: { line: string }) {
  return (
    <code className="line-protocol">
      {tokens(line).map((token, at) => (
        <Part key={at} token={token} />
      ))}
    </code>
  );
});

function Part({ token: { kind, text } }: { token: Token }) {
  if (kind === "escape") {
    return (
      <span className="lp-escape" title={`escaped: ${text.slice(1) === " " ? "a space" : text.slice(1)}`}>
        {text}
      </span>
    );
  }
  if (kind === "mark") return <span className={text === " " ? "lp-space" : "lp-mark"}>{text}</span>;
  return <span className={`lp-${kind}`}>{text.replaceAll("\n", "⏎").replaceAll("\t", "⇥")}</span>;
}
