import { PageHead } from "../../ui/PageHead";
import { DatabaseForm } from "./DatabaseForm";

export function NewDatabasePage() {
  return (
    <>
      <PageHead title="Add database" about="It is checked before it is saved, and only ever read." />
      <DatabaseForm />
    </>
  );
}
