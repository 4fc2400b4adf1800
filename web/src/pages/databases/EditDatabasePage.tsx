import { PageHead } from "../../ui/PageHead";

export function EditDatabasePage() {
  return <PageHead title="Database" />;
}
