import { PageHead } from "../../ui/PageHead";

export function NewQueryPage() {
  return <PageHead title="Query" />;
}
