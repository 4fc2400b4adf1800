import { PageHead } from "../../ui/PageHead";

export function EditKapacitorPage() {
  return <PageHead title="Edit Kapacitor" />;
}
