import { PageHead } from "../../ui/PageHead";

export function NewGroupPage() {
  return <PageHead title="New group" />;
}
