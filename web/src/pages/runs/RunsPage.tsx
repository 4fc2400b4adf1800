import { PageHead } from "../../ui/PageHead";

export function RunsPage() {
  return <PageHead title="Runs" />;
}
