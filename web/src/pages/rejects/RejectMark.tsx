import { Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { rejectCounts } from "../../api/rejects";
import { count } from "../../lib/format";

/** How many rejects are kept, beside the page's name in the navigation; nothing when there are none. */
export function RejectMark() {
  const { data } = useQuery(rejectCounts);
  const sum = (data ?? []).reduce((total, { rejects }) => total + rejects, 0);
  if (sum === 0) return null;
  return (
    <Badge size="sm" variant="light" color="yellow" c="var(--mantine-color-text)" tt="none">
      {count(sum)}
      <span className="visually-hidden"> kept</span>
    </Badge>
  );
}
