import { PageHead } from "../../ui/PageHead";

export function KapacitorsPage() {
  return <PageHead title="Kapacitors" />;
}
