// The organizations: which is shown, and making another.

import { Button, Group, Paper, Skeleton, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, body } from "../../api/client";
import { organizationList, shown } from "../../api/organizations";
import { showDone, showRefusal } from "../../ui/form";
import { Problem } from "../../ui/Problem";
import { OriginBadge, StateBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";

export function Organizations() {
  const list = useQuery(organizationList);
  const navigate = useNavigate();
  const here = shown(list.data ?? []);
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="organizations">
      <Title order={2} size="h4" mb={4} id="organizations">
        Organizations
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Each has its own connections, databases, queries, series, groups and runs.
      </Text>
      {list.isPending && <Skeleton height={80} role="status" aria-label="Loading the organizations" />}
      {list.isError && <Problem error={list.error} retry={() => void list.refetch()} />}
      {list.data && (
        <div className="scrolls" tabIndex={0} role="region" aria-label="Organizations">
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Name</Table.Th>
                <Table.Th scope="col" visibleFrom="xs">Alias</Table.Th>
                <Table.Th scope="col" visibleFrom="xs">Since</Table.Th>
                <Table.Th scope="col">
                  <span className="unseen">Shown</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.data.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Th scope="row" className="wrap">
                    <Group gap="xs">
                      {one.name}
                      <OriginBadge origin={one.origin} />
                    </Group>
                    {one.alias && (
                      <Text size="xs" c="dimmed" hiddenFrom="xs">
                        {one.alias}
                      </Text>
                    )}
                  </Table.Th>
                  <Table.Td className="wrap" visibleFrom="xs">{one.alias ?? "–"}</Table.Td>
                  <Table.Td visibleFrom="xs">
                    <When at={one.created_at} />
                  </Table.Td>
                  <Table.Td ta="right">
                    {one.id === here?.id ? (
                      <StateBadge tone="good">shown</StateBadge>
                    ) : (
                      <Button size="xs" variant="default" aria-label={`Show ${one.name}`} onClick={() => void navigate({ to: "/", search: { organization: one.id } })}>
                        Show
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <NewOrganization />
    </Paper>
  );
}

const FIELDS = ["name", "alias"];

function NewOrganization() {
  const queries = useQueryClient();
  const form = useForm<{ name: string; alias: string }>({
    initialValues: { name: "", alias: "" },
    validate: { name: (name) => (name.trim() === "" ? "Give it a name" : null) },
  });
  const create = useMutation({
    mutationFn: ({ name, alias }: typeof form.values) =>
      body(api.POST("/api/v1/organizations", { body: { name: name.trim(), ...(alias.trim() === "" ? {} : { alias: alias.trim() }) } })),
    onSuccess: (made) => {
      form.reset();
      showDone(`The organization ${made.name} is there`);
      return queries.invalidateQueries({ queryKey: ["organizations"] });
    },
    onError: (error) => showRefusal(form, error, FIELDS),
  });
  return (
    <form onSubmit={form.onSubmit((values) => create.mutate(values), () => form.getInputNode("name")?.focus())} noValidate aria-label="New organization">
      <Stack gap="xs" mt="md">
        <Group align="flex-start" gap="xs">
          <TextInput
            label="Name"
            description="Unique"
            required
            withAsterisk={false}
            style={{ flex: "1 1 200px", maxWidth: 300 }}
            {...form.getInputProps("name")}
            data-path="name"
          />
          <TextInput
            label="Alias"
            description="How .org files and Chronograf name it; optional"
            style={{ flex: "1 1 200px", maxWidth: 300 }}
            {...form.getInputProps("alias")}
            data-path="alias"
          />
        </Group>
        <div>
          <Button type="submit" loading={create.isPending}>
            Create organization
          </Button>
        </div>
      </Stack>
    </form>
  );
}
