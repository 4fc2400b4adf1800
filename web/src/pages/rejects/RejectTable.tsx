// Rejects, one line each: row, reason, what would have been written.

import "../../ui/stacks.css";
import "./rejects.css";

import { Anchor, Checkbox, Code, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Reject } from "../../api/rejects";
import { count, sentence } from "../../lib/format";
import type { RejectSearch } from "../../lib/rejectSearch";
import { keyOf } from "./RejectActions";

interface Props {
  rejects: readonly Reject[];
  selection: ReadonlySet<string>;
  onSelection: (selection: ReadonlySet<string>) => void;
  /** What the list is narrowed to needs no column. */
  without: RejectSearch;
}

export function RejectTable({ rejects, selection, onSelection, without }: Props) {
  const keys = rejects.map(keyOf);
  const chosen = keys.filter((key) => selection.has(key)).length;
  const namesSeries = without.series === undefined && without.run === undefined;
  const toggle = (key: string) => {
    const next = new Set(selection);
    if (!next.delete(key)) next.add(key);
    onSelection(next);
  };
  return (
    <div className="list">
      <div className="list-rows whole" tabIndex={0} role="region" aria-label="Rejects">
        <table role="table" className="stacks rejects">
          <thead>
            <tr>
              <th scope="col">
                <Checkbox
                  size="xs"
                  aria-label="Select all that are shown"
                  checked={chosen === keys.length}
                  indeterminate={chosen > 0 && chosen < keys.length}
                  onChange={() => onSelection(new Set(chosen === keys.length ? [] : keys))}
                />
              </th>
              {namesSeries && <th scope="col">Series</th>}
              <th scope="col">Reason</th>
              <th scope="col">Line or values</th>
              <th scope="col" className="figure">
                Row
              </th>
              {without.run === undefined && <th scope="col">Run</th>}
            </tr>
          </thead>
          <tbody>
            {rejects.map((reject, at) => {
              const key = keys[at] ?? "";
              return (
                <tr key={key} role="row" aria-selected={selection.has(key)}>
                  <td role="cell">
                    <Checkbox size="xs" aria-label={`Row ${reject.row} of ${reject.series_name}`} checked={selection.has(key)} onChange={() => toggle(key)} />
                  </td>
                  {namesSeries && (
                    <td role="cell" className="reject-series">
                      <Anchor size="sm" className="wrap" renderRoot={(rest) => <Link to="/series/$series" params={{ series: reject.series_id }} {...rest} />}>
                        {reject.series_name}
                      </Anchor>
                    </td>
                  )}
                  <td role="cell" className="told reject-reason">
                    {sentence(reject.reason)}
                  </td>
                  <td role="cell" className="told">
                    <Written reject={reject} />
                  </td>
                  <td role="cell" className="figure reject-row">
                    {count(reject.row)}
                  </td>
                  {without.run === undefined && (
                    <td role="cell">
                      <Anchor size="sm" aria-label={`Run of row ${reject.row} of ${reject.series_name}`} renderRoot={(rest) => <Link to="/runs/$run" params={{ run: reject.run_id }} {...rest} />}>
                        Run
                      </Anchor>
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Written({ reject: { line, values } }: { reject: Reject }) {
  if (line != null) return <Code className="wrap">{line}</Code>;
  return (
    <>
      {values != null && <Code className="wrap">{values}</Code>}
      <Text span size="xs" c="dimmed" display="block">
        never became a line
      </Text>
    </>
  );
}
