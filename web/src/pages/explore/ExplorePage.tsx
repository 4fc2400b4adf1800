import { PageHead } from "../../ui/PageHead";

export function ExplorePage() {
  return <PageHead title="Explore" />;
}
