import { PageHead } from "../../ui/PageHead";

export function EditConnectionPage() {
  return <PageHead title="Edit connection" />;
}
