import { PageHead } from "../../ui/PageHead";

export function KapacitorPage() {
  return <PageHead title="Kapacitor" />;
}
