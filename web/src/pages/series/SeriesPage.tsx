import { PageHead } from "../../ui/PageHead";

export function SeriesPage() {
  return <PageHead title="Series" />;
}
