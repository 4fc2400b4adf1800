// What the editor writes in: SQL of each engine, InfluxQL and Flux. Loaded with the editor only.

import { LanguageSupport, StreamLanguage } from "@codemirror/language";
import { MySQL, PostgreSQL, sql, SQLDialect, SQLite } from "@codemirror/lang-sql";
import type { Extension } from "@codemirror/state";
import type { Table } from "../../lib/tables";
import { columnsOf, namespaceOf } from "./tables";

export type CodeLanguage = "sqlite" | "postgres" | "mysql" | "influxql" | "flux";

const InfluxQL = SQLDialect.define({
  keywords:
    "all alter and any as asc begin by create cardinality continuous database databases default delete desc destinations diagnostics distinct drop duration end every exact explain field fill for from grant grants group groups having in inf insert into key keys kill limit measurement measurements name not offset on or order password policies policy privileges queries query read replication resample retention revoke select series set shard shards show slimit soffset stats subscription subscriptions tag time to tz user users values verbose where with write none null previous linear true false",
  builtin:
    "count distinct integral mean median mode spread stddev sum bottom first last max min percentile sample top abs acos asin atan ceil cos cumulative_sum derivative difference elapsed exp floor histogram ln log moving_average non_negative_derivative non_negative_difference pow round sin sqrt tan now",
  operatorChars: "*+-%<>!=~&|^/",
  identifierQuotes: '"',
  backslashEscapes: true,
});

const FLUX_WORDS = new Set([
  "import", "package", "return", "option", "builtin", "testcase", "if", "then", "else", "and", "or", "not", "exists", "true", "false", "with", "empty", "in",
]);

const flux = StreamLanguage.define<{ string: boolean }>({
  name: "flux",
  startState: () => ({ string: false }),
  token(stream, state) {
    if (state.string) return inString(stream, state);
    if (stream.eatSpace()) return null;
    if (stream.match("//")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.eat('"')) {
      state.string = true;
      return inString(stream, state);
    }
    if (stream.match(/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?/) || stream.match(/^\d+(\.\d+)?((ns|us|µs|ms|mo|[smhdwy])\d*)*/)) return "number";
    if (stream.match("|>") || stream.match("=>") || stream.match(/^[=!]~/) || stream.match(/^[=!<>]=/)) return "operator";
    const word = stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u) as RegExpMatchArray | null;
    if (word) {
      if (FLUX_WORDS.has(word[0])) return "keyword";
      return stream.match(/^\s*\(/, false) ? "typeName" : stream.match(/^\s*:(?!:)/, false) ? "propertyName" : "variableName";
    }
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: "//" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
});

function inString(stream: { next: () => string | void; eol: () => boolean }, state: { string: boolean }): string {
  while (!stream.eol()) {
    const one = stream.next();
    if (one === "\\") stream.next();
    else if (one === '"') {
      state.string = false;
      break;
    }
  }
  return "string";
}

/** `tables` are offered while a name is typed. */
export function support(language: CodeLanguage, tables: Table[] = []): Extension {
  if (language === "flux") return new LanguageSupport(flux);
  const dialect = { sqlite: SQLite, postgres: PostgreSQL, mysql: MySQL, influxql: InfluxQL }[language];
  if (tables.length === 0) return sql({ dialect, upperCaseKeywords: true });
  return [sql({ dialect, upperCaseKeywords: true, schema: namespaceOf(tables) }), columnsOf(tables)];
}
