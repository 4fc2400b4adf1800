import { PageHead } from "../../ui/PageHead";

export function EditGroupPage() {
  return <PageHead title="Edit group" />;
}
