// Which files define objects, what came of each, and what is broken where. The folder is watched by the server; the page follows it.

import { Alert, Badge, Code, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconFiles } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { type Files, fileList } from "../../api/files";
import { Empty } from "../../ui/Empty";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { When } from "../../ui/When";
import { FileCard } from "./FileCard";
import { FolderHelp } from "./FolderHelp";

export function FilesPage() {
  const files = useQuery(fileList);
  const queries = useQueryClient();
  const standing = files.data?.files.map(({ file, state, object }) => `${file} ${state} ${object?.id}`).join("\n");
  // What a file defines came, went or was mended: the lists of objects are of yesterday.
  useEffect(() => {
    for (const noun of ["connections", "kapacitors", "organizations"]) void queries.invalidateQueries({ queryKey: [noun] });
  }, [queries, standing]);
  return (
    <>
      <PageHead
        title="Files"
        about="Connections, Kapacitors and organizations that files and the server's environment define. They are changed there; the page follows."
      />
      {files.isPending && <Skeleton height={160} role="status" aria-label="Loading the files" />}
      {files.isError && <Problem error={files.error} retry={() => void files.refetch()} />}
      {files.data && <Folder {...files.data} />}
    </>
  );
}

function Folder({ folder, watched_at: watchedAt, reason, files }: Files) {
  const broken = files.filter((file) => file.state !== "loaded");
  const fine = files.filter((file) => file.state === "loaded");
  return (
    <Stack gap="md">
      <Paper withBorder p="md">
        <Group justify="space-between" gap="xs">
          <Stack gap={2} style={{ minWidth: 0 }}>
            <Text size="xs" c="dimmed">
              Folder
            </Text>
            {folder == null ? <Text size="sm">This server reads no folder</Text> : <Code className="wrap">{folder}</Code>}
          </Stack>
          {watchedAt != null && (
            <Text size="sm" c="dimmed">
              Looked at <When at={watchedAt} />
            </Text>
          )}
        </Group>
        {reason != null && (
          <Alert mt="sm" color="red" icon={<IconAlertTriangle aria-hidden />} title="The folder cannot be read" role="alert">
            <Text size="sm" className="wrap">
              {reason}
            </Text>
            <Text size="sm">What its files said last is in force.</Text>
          </Alert>
        )}
      </Paper>
      <div aria-live="polite">
        {files.length === 0 ? (
          <Empty icon={IconFiles} title="No file defines anything">
            Put Chronograf's .src, .kap and .org files into the folder: they are read at once, and again whenever they change.
          </Empty>
        ) : (
          <Stack gap="md">
            {broken.length > 0 && (
              <Part title="Broken" badge={<Badge color="red">{broken.length}</Badge>}>
                {broken.map((file) => (
                  <FileCard key={file.file} file={file} />
                ))}
              </Part>
            )}
            {fine.length > 0 && (
              <Part title="Loaded" badge={<Badge color="teal" autoContrast>{fine.length}</Badge>}>
                {fine.map((file) => (
                  <FileCard key={file.file} file={file} />
                ))}
              </Part>
            )}
          </Stack>
        )}
      </div>
      <FolderHelp folder={folder ?? undefined} />
    </Stack>
  );
}

function Part({ title, badge, children }: { title: string; badge: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Group gap="xs" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {badge}
      </Group>
      <Stack gap="xs" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {children}
      </Stack>
    </section>
  );
}
