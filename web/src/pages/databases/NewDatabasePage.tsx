import { PageHead } from "../../ui/PageHead";

export function NewDatabasePage() {
  return <PageHead title="Database" />;
}
