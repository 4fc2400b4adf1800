// The latest checks of a row; only rows in sight ask for theirs.

import { useQuery } from "@tanstack/react-query";
import { stripOf } from "../../api/checks";
import type { Connection } from "../../api/connections";
import { HealthStrip } from "../../ui/HealthStrip";

const BARS = 20;

export function Strip({ of: { id, name } }: { of: Connection }) {
  const { data } = useQuery(stripOf(id));
  return <div style={{ width: 142, minHeight: 20 }}>{data !== undefined && <HealthStrip checks={data} name={name} bars={BARS} height={20} />}</div>;
}
