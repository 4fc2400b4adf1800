import { PageHead } from "../../ui/PageHead";

export function RunPage() {
  return <PageHead title="Run" />;
}
