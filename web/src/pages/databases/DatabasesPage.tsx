import { PageHead } from "../../ui/PageHead";

export function DatabasesPage() {
  return <PageHead title="Databases" />;
}
