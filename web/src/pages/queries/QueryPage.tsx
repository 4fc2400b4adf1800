import { PageHead } from "../../ui/PageHead";

export function QueryPage() {
  return <PageHead title="Query" />;
}
