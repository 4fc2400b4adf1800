import { Alert, Button, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { applyEndpoint, endpointChanged, type OfKapacitor } from "../../api/endpoints";
import { showDone, showProblem } from "../../ui/form";
import { labelsOf, type Listed, titleOf } from "./words";

/** Makes the running service what is stored. */
export function useApply(of: OfKapacitor, { handler, endpoint }: Listed) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => applyEndpoint(of, endpoint.name),
    onSuccess: async (applied) => {
      await endpointChanged(queries, of, applied);
      if (applied.differs.length === 0) showDone(`Kapacitor uses ${titleOf(handler, endpoint)} as it is stored again`);
    },
    onError: showProblem,
  });
}

/** That an endpoint runs otherwise than it is stored, and the way to mend it. */
export function Differs({ of, listed }: { of: OfKapacitor; listed: Listed }) {
  const apply = useApply(of, listed);
  const { handler, endpoint } = listed;
  if (endpoint.differs.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title="It runs otherwise than it is stored">
      <Text size="sm" mb="xs" className="wrap">
        Kapacitor’s running service does not use the stored {labelsOf(handler, endpoint.differs)}. Alerts may go nowhere or elsewhere until what is stored is applied
        again, which changes nothing of it.
      </Text>
      <Button size="xs" variant="default" loading={apply.isPending} onClick={() => apply.mutate()}>
        Apply again
      </Button>
    </Alert>
  );
}
