import { PageHead } from "../../ui/PageHead";

export function GroupsPage() {
  return <PageHead title="Groups" />;
}
