// One alert endpoint of a Kapacitor.

import { Alert, Anchor, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconInfoCircle, IconRestore, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { oneConnection } from "../../api/connections";
import { endpointChanged, endpointsOf, type OfKapacitor, removeEndpoint } from "../../api/endpoints";
import { oneKapacitor } from "../../api/kapacitors";
import { sentence } from "../../lib/format";
import { showDone, showProblem } from "../../ui/form";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { useRemove } from "./data";
import { EndpointForm } from "./EndpointForm";
import { EnabledBadge } from "./EndpointList";
import { KapacitorLink } from "./KapacitorLink";
import { type Listed, titleOf } from "./words";
import "./endpoints.css";

const LIST = "/connections/$connection/kapacitors/$kapacitor/endpoints";

export function EndpointPage() {
  const { endpoint: name, ...of } = useParams({ from: `${LIST}/$endpoint` });
  const connection = useQuery(oneConnection(of.connection));
  const kapacitor = useQuery(oneKapacitor(of.connection, of.kapacitor));
  const all = useQuery(endpointsOf(of));
  const error = all.error ?? kapacitor.error ?? connection.error;
  const endpoint = all.data?.items.find((one) => one.name === name);
  const handler = all.data?.handlers.find(({ section }) => section === endpoint?.section);
  if (endpoint === undefined || handler === undefined || !connection.data || !kapacitor.data) {
    if (error === null && (all.isPending || connection.isPending || kapacitor.isPending)) return <Loading />;
    return (
      <>
        <PageHead title="Alert endpoint" />
        {error === null ? <Gone of={of} name={name} /> : <Problem error={error} retry={() => void all.refetch()} />}
      </>
    );
  }
  const listed = { handler, endpoint };
  return (
    <>
      <PageHead
        title={titleOf(handler, endpoint)}
        about={
          <>
            One of the{" "}
            <Anchor inherit underline="always" renderRoot={(rest) => <Link to={LIST} params={of} {...rest} />}>
              alert endpoints
            </Anchor>{" "}
            of <KapacitorLink of={of} name={kapacitor.data.name} />
          </>
        }
        badges={<EnabledBadge of={endpoint} />}
        actions={handler.key != null && endpoint.element !== "" ? <Remove of={of} listed={listed} /> : <BackToFile of={of} listed={listed} />}
      />
      <Stack>
        {handler.remark != null && (
          <Alert color="gray" icon={<IconInfoCircle aria-hidden />}>
            {sentence(handler.remark)}
          </Alert>
        )}
        <EndpointForm key={endpoint.name} of={of} place={{ connection: connection.data, kapacitor: kapacitor.data }} listed={listed} />
      </Stack>
    </>
  );
}

function Gone({ of, name }: { of: OfKapacitor; name: string }) {
  return (
    <Stack align="flex-start">
      <Text>This Kapacitor has no alert endpoint {name}. It may have been removed.</Text>
      <Button variant="default" renderRoot={(rest) => <Link to={LIST} params={of} {...rest} />}>
        All endpoints
      </Button>
    </Stack>
  );
}

function Remove({ of, listed }: { of: OfKapacitor; listed: Listed }) {
  const remove = useRemove(of);
  const navigate = useNavigate();
  return (
    <Button
      variant="default"
      leftSection={<IconTrash size={16} aria-hidden />}
      onClick={() => {
        remove(listed.endpoint.name, titleOf(listed.handler, listed.endpoint));
        void navigate({ to: LIST, params: of });
      }}
    >
      Remove
    </Button>
  );
}

/** Of an endpoint that is always there: everything that was changed is forgotten. */
function BackToFile({ of, listed }: { of: OfKapacitor; listed: Listed }) {
  const queries = useQueryClient();
  const [opened, { open, close }] = useDisclosure();
  const title = titleOf(listed.handler, listed.endpoint);
  const reset = useMutation({
    mutationFn: () => removeEndpoint(of, listed.endpoint.name),
    onSuccess: async (removed) => {
      await endpointChanged(queries, of, removed.outcome === "reset" ? removed.endpoint : undefined);
      showDone(`${title} is as Kapacitor’s file says`);
    },
    onError: showProblem,
    onSettled: close,
  });
  return (
    <>
      <Button variant="default" leftSection={<IconRestore size={16} aria-hidden />} onClick={open}>
        Back to the file’s values
      </Button>
      <Modal opened={opened} onClose={close} title={`Take ${title} back to Kapacitor’s file?`}>
        <Stack gap="sm">
          <Text size="sm">
            Everything that was ever changed of it here or by another program is forgotten, secrets too, and Kapacitor uses what its file says at once. This cannot be
            undone.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={close}>
              Cancel
            </Button>
            <Button color="red" loading={reset.isPending} onClick={() => reset.mutate()}>
              Back to the file’s values
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
