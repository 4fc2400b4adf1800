import { PageHead } from "../../ui/PageHead";

export function EditSeriesPage() {
  return <PageHead title="Edit series" />;
}
