// "Read these again": what would be read is told first, then a backfill does it.

import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Audit, rereadAudit } from "../../api/audits";
import { mending } from "../../lib/audits";
import { count } from "../../lib/format";
import { Range } from "../../ui/Bound";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";

export function Reread({ audit }: { audit: Audit }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => setAsking(true)}>
        Read these again
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Read these again">
        <Asked audit={audit} onClose={() => setAsking(false)} />
      </Modal>
    </>
  );
}

function Asked({ audit, onClose }: { audit: Audit; onClose: () => void }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [parallel, setParallel] = useState<number | "">(1);
  // Made anew each time: what may be read depends on the moment.
  const plan = useQuery({
    queryKey: ["audits", "try", audit.id],
    queryFn: () => rereadAudit(audit.id, { dry_run: true, parallel: 1 }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const begin = useMutation({
    mutationFn: () => rereadAudit(audit.id, { dry_run: false, parallel: parallel === "" ? 1 : parallel }),
    onSuccess: async ({ id }) => {
      await navigate({ to: "/backfills/$backfill", params: { backfill: id ?? "" } });
      await cache.invalidateQueries({ queryKey: ["backfills", "list"] });
    },
  });
  const { surplus } = mending(audit.differences);
  if (plan.isError) return <Problem error={plan.error} />;
  if (!plan.data) return <Loading lines={2} />;
  const { chunks, from, to } = plan.data;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <Stack gap="sm">
        <Text size="sm" className="wrap">
          A backfill reads {chunks === 1 ? "1 chunk" : `${count(chunks)} chunks`}, <Range from={from} to={to} />
          {chunks > 1 && ": only what differs between these"}. Missing points come back, and changed values are written again.
        </Text>
        {surplus > 0 && (
          <Text size="sm" className="wrap">
            {surplus === 1 ? "1 surplus point stays" : `${count(surplus)} surplus points stay`}: no row makes {surplus === 1 ? "it" : "them"}, and nothing is ever deleted from InfluxDB.
          </Text>
        )}
        <NumberInput
          label="Side by side"
          description="Most chunks at once, 1 to 8"
          maw={220}
          min={1}
          max={8}
          allowDecimal={false}
          allowNegative={false}
          value={parallel}
          onChange={(next) => setParallel(next === "" ? "" : Number(next))}
        />
        {begin.error !== null && <Problem error={begin.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" data-autofocus loading={begin.isPending}>
            {chunks === 1 ? "Read it" : `Read ${count(chunks)} chunks`}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
