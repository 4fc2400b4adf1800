import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { OfKapacitor } from "../../api/endpoints";

/** The Kapacitor that keeps them, by its name where that is known already. */
export function KapacitorLink({ of, name = "this Kapacitor" }: { of: OfKapacitor; name?: string | undefined }) {
  return (
    <Anchor inherit underline="always" renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor" params={of} {...rest} />}>
      {name}
    </Anchor>
  );
}
