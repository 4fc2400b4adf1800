import { PageHead } from "../../ui/PageHead";
import { ConnectionForm } from "./ConnectionForm";

/** "Add connection". */
export function NewConnectionPage() {
  return (
    <>
      <PageHead title="Add connection" about="It is checked before it is saved. Nothing is written to InfluxDB." />
      <ConnectionForm />
    </>
  );
}
