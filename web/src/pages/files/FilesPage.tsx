import { PageHead } from "../../ui/PageHead";

export function FilesPage() {
  return <PageHead title="Files" />;
}
