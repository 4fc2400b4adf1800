import { PageHead } from "../../ui/PageHead";

export function ConnectionPage() {
  return <PageHead title="Connection" />;
}
