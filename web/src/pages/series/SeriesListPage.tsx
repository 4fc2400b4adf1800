import { PageHead } from "../../ui/PageHead";

export function SeriesListPage() {
  return <PageHead title="Series" />;
}
