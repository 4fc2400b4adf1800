import { PageHead } from "../../ui/PageHead";

export function NewSeriesPage() {
  return <PageHead title="New series" />;
}
