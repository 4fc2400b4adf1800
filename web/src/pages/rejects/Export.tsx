import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { exportRejects, FORMATS, type RejectFormat } from "../../api/rejects";
import type { RejectSearch } from "../../lib/rejectSearch";
import { showProblem } from "../../ui/form";
import { saveFile } from "../../ui/saveFile";

const ENDING: Record<RejectFormat, string> = { ndjson: "ndjson", csv: "csv", lines: "lp" };

/** All rejects of what is shown, as a file. */
export function Export({ search }: { search: RejectSearch }) {
  const save = useMutation({
    mutationFn: async (format: RejectFormat) => saveFile(await exportRejects(search, format), `rejects.${ENDING[format]}`),
    onError: showProblem,
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={save.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(FORMATS) as RejectFormat[]).map((format) => (
          <Menu.Item key={format} onClick={() => save.mutate(format)}>
            {FORMATS[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
