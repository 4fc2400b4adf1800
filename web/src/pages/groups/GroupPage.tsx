import { PageHead } from "../../ui/PageHead";

export function GroupPage() {
  return <PageHead title="Group" />;
}
