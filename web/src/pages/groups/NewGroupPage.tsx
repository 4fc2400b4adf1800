import { PageHead } from "../../ui/PageHead";
import { GroupForm } from "./GroupForm";

export function NewGroupPage() {
  return (
    <>
      <PageHead title="New group" about="A schedule. Its series run one after another; groups run side by side." />
      <GroupForm />
    </>
  );
}
