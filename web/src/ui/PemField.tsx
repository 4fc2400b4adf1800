import { Button, FileButton, Group, Textarea } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";

interface Props {
  label: string;
  description?: string;
  path: string;
  value: string;
  onChange: (text: string) => void;
  error?: string | undefined;
}

/** Certificates in PEM: pasted, or read from a file of the viewer's own machine. */
export function PemField({ label, description, path, value, onChange, error }: Props) {
  return (
    <div>
      <Textarea
        label={label}
        description={description}
        placeholder="-----BEGIN CERTIFICATE-----"
        data-path={path}
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
        autosize
        minRows={3}
        maxRows={8}
        spellCheck={false}
        classNames={{ input: "mono" }}
      />
      <Group mt={4}>
        <FileButton accept=".pem,.crt,.cer,.txt" onChange={(file) => void file?.text().then(onChange)} inputProps={{ "aria-label": `File of ${label}` }}>
          {(props) => (
            <Button {...props} size="compact-xs" variant="subtle" leftSection={<IconFileUpload size={14} aria-hidden />}>
              Choose a file
            </Button>
          )}
        </FileButton>
      </Group>
    </div>
  );
}
