import { PageHead } from "../../ui/PageHead";

export function QueriesPage() {
  return <PageHead title="Queries" />;
}
