import { Group, Input, NativeSelect, NumberInput } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { type ReactNode, useState } from "react";

const UNITS = [
  { value: "1", label: "seconds" },
  { value: "60", label: "minutes" },
  { value: "3600", label: "hours" },
  { value: "86400", label: "days" },
];

interface Props {
  label: string;
  description?: ReactNode;
  /** In seconds; blank while nothing is written. */
  value: number | "";
  onChange: (seconds: number | "") => void;
  error?: ReactNode;
  min?: number;
  path?: string;
}

/** A length of time: a number and its unit. */
export function LengthField({ label, description, value, onChange, error, min = 0, path }: Props) {
  const id = useId();
  const [unit, setUnit] = useState(() => largestUnit(value));
  const size = Number(unit);
  return (
    <Input.Wrapper label={label} description={description} error={error} labelProps={{ htmlFor: id }} inputWrapperOrder={["label", "description", "input", "error"]}>
      <Group gap="xs" wrap="nowrap" mt={4}>
        <NumberInput
          id={id}
          data-path={path}
          value={value === "" ? "" : value / size}
          min={min / size}
          allowDecimal={size > 1}
          allowNegative={false}
          error={error !== undefined}
          onChange={(written) => onChange(written === "" ? "" : Math.round(Number(written) * size))}
          style={{ flex: "1 1 90px", maxWidth: 140 }}
        />
        <NativeSelect
          aria-label={`Unit of ${label.toLowerCase()}`}
          data={UNITS}
          value={unit}
          onChange={(event) => {
            const next = event.currentTarget.value;
            setUnit(next);
            if (value !== "") onChange(Math.round((value / size) * Number(next)));
          }}
        />
      </Group>
    </Input.Wrapper>
  );
}

function largestUnit(seconds: number | ""): string {
  if (seconds === "" || seconds === 0) return "1";
  return UNITS.findLast(({ value }) => seconds % Number(value) === 0)?.value ?? "1";
}
