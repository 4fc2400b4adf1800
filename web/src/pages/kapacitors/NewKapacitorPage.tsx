import { PageHead } from "../../ui/PageHead";

export function NewKapacitorPage() {
  return <PageHead title="Add Kapacitor" />;
}
