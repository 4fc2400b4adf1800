import { PageHead } from "../../ui/PageHead";

export function NewConnectionPage() {
  return <PageHead title="Add connection" />;
}
