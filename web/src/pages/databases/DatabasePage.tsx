import { PageHead } from "../../ui/PageHead";

export function DatabasePage() {
  return <PageHead title="Database" />;
}
