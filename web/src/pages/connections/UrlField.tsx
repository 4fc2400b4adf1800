// The address, and who answers there.

import { Alert, Button, Group, Text, TextInput } from "@mantine/core";
import { IconRadar2 } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { DRIVERS, EDITIONS } from "../../api/connections";
import { api, body, type Schemas } from "../../api/client";
import { afterPress } from "../../ui/press";
import { told } from "../../ui/Problem";
import type { Values } from "./draft";
import { LeadToKapacitor } from "./LeadToKapacitor";

interface Props {
  values: Values;
  error: string | undefined;
  onChange: (url: string) => void;
  /** Takes the driver and edition of what answers; absent where the driver cannot change. */
  onChoose?: (change: Pick<Values, "driver"> & Partial<Values>) => void;
}

export function UrlField({ values, error, onChange, onChoose }: Props) {
  // An address is asked for once; the prefilled one only when somebody wants to.
  const asked = useRef(values.url);
  const detection = useMutation({
    mutationFn: (url: string) => body(api.POST("/api/v1/connections/detect", { body: { url, insecure_skip_verify: values.trust === "anyone" } })),
  });
  const now = useRef(values.url);
  now.current = values.url;
  const field = useRef<HTMLInputElement>(null);
  const detect = () => {
    const url = values.url.trim();
    if (!/^https?:\/\/[^\s/]+/i.test(url)) return;
    asked.current = values.url;
    detection.mutate(url);
  };
  /** Its answer stands below the field and moves what follows: it is not asked for in the middle of a press on that, nor when the press led away. */
  const detectOnce = () => {
    if (field.current !== null && now.current.trim() === values.url.trim() && values.url.trim() !== asked.current.trim()) detect();
  };
  return (
    <div>
      <Group gap="xs" align="flex-end">
        <TextInput
          label="URL"
          description="With the sub-path of a reverse proxy, if there is one"
          ref={field}
          data-path="url"
          type="url"
          required
          style={{ flex: "1 1 220px" }}
          value={values.url}
          error={error !== undefined}
          aria-describedby={error === undefined ? undefined : "url-error"}
          onChange={(event) => {
            onChange(event.currentTarget.value);
            detection.reset();
          }}
          onBlur={() => {
            const trimmed = values.url.trim();
            if (trimmed !== values.url) onChange(trimmed);
            afterPress(detectOnce);
          }}
          autoComplete="off"
          spellCheck={false}
        />
        <Button variant="default" onClick={detect} loading={detection.isPending} leftSection={<IconRadar2 size={16} aria-hidden />}>
          Detect
        </Button>
      </Group>
      {error !== undefined && (
        <Text id="url-error" size="xs" c="var(--mantine-color-error)" mt={4} className="wrap">
          {error}
        </Text>
      )}
      <div role="status">
        {detection.isError && error === undefined && (
          <Text size="sm" c="dimmed" mt={6} className="wrap">
            {told(detection.error).message}
          </Text>
        )}
        {detection.data && <Answer answer={detection.data} values={values} onChoose={onChoose} />}
        {detection.data?.is_kapacitor === true && onChoose && <LeadToKapacitor kapacitor={{ name: "My Kapacitor", url: values.url.trim() }} />}
      </div>
    </div>
  );
}

interface AnswerProps {
  answer: Schemas["Detected"];
  values: Values;
  onChoose: Props["onChoose"];
}

function Answer({ answer, values, onChoose }: AnswerProps) {
  const who = answer.version == null ? answer.product : `${answer.product}, version ${answer.version},`;
  const driver = answer.driver as Values["driver"] | null | undefined;
  const field = driver === "v1" ? "v1_edition" : "edition";
  const edition = answer.edition ?? undefined;
  const fits = driver == null || (driver === values.driver && (edition === undefined || edition === values[field]));
  const offered = driver != null && `${DRIVERS[driver]}${driver === "v3" && edition !== undefined ? `, ${EDITIONS[edition as Values["edition"]]}` : ""}`;
  if (fits && !answer.is_kapacitor && answer.remark == null) {
    return (
      <Text size="sm" mt={6} c="dimmed" className="wrap">
        {who} answers
      </Text>
    );
  }
  return (
    <Alert mt={6} p="xs" color={answer.is_kapacitor || !fits ? "yellow" : "teal"} title={`${who} answers`}>
      {answer.is_kapacitor && !onChoose && <Text size="sm">A Kapacitor belongs to a connection: this is the place for the address of its InfluxDB.</Text>}
      {answer.remark != null && <Text size="sm">{answer.remark}</Text>}
      {!fits && onChoose && (
        <Button size="xs" mt={4} onClick={() => onChoose({ driver, ...(edition === undefined ? {} : { [field]: edition }) })}>
          Use {offered}
        </Button>
      )}
      {!fits && !onChoose && <Text size="sm">That is {offered}: this connection needs another server, or a new connection is needed.</Text>}
    </Alert>
  );
}
