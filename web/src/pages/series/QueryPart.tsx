import { Anchor, Code, Grid, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Query, queryList } from "../../api/queries";
import { KINDS, valueProblem } from "../../lib/parameters";
import type { Draft } from "./draft";

interface Props {
  draft: Draft;
  query: Query | undefined;
  errors: Record<string, string | undefined>;
  onQuery: (query: Query) => void;
  onChange: (change: Partial<Draft>) => void;
}

/** What is read: a saved query, and values for its placeholders. */
export function QueryPart({ draft, query, errors, onQuery, onChange }: Props) {
  const { data: queries } = useQuery(queryList);
  return (
    <Stack gap="sm">
      <Select
        label="Query"
        required
        placeholder="Choose a query"
        searchable
        limit={100}
        nothingFoundMessage="No query is called that"
        data={grouped(queries ?? [])}
        value={draft.query_id === "" ? null : draft.query_id}
        onChange={(id) => {
          const chosen = queries?.find((one) => one.id === id);
          if (chosen) onQuery(chosen);
        }}
        error={errors.query_id}
        data-path="query_id"
        description={
          <>
            Not the right one? <Anchor size="xs" renderRoot={(rest) => <Link to="/queries/new" {...rest} />}>Write a new query</Anchor>
            {query && (
              <>
                {" "}or{" "}
                <Anchor size="xs" renderRoot={(rest) => <Link to="/queries/$query" params={{ query: query.id }} {...rest} />}>
                  change this one
                </Anchor>
              </>
            )}
          </>
        }
      />
      {query && (
        <Code block className="read-sql" tabIndex={0} aria-label="SQL of the query" role="region">
          {query.sql}
        </Code>
      )}
      {errors.sql !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert" className="wrap">
          {errors.sql}
        </Text>
      )}
      <Parameters draft={draft} query={query} errors={errors} onChange={onChange} />
    </Stack>
  );
}

function Parameters({ draft, query, errors, onChange }: Omit<Props, "onQuery">) {
  const parameters = query?.parameters ?? [];
  if (parameters.length === 0) return null;
  return (
    <div role="group" aria-label="Values of the placeholders">
      <Group gap="xs" mb={4}>
        <Text size="sm" fw={600}>
          Values of the placeholders
        </Text>
      </Group>
      <Grid gap="xs">
        {parameters.map(({ name, kind, default: preset }) => {
          const value = draft.parameters[name] ?? "";
          const problem = value === "" ? undefined : valueProblem(kind, value);
          return (
            <Grid.Col key={name} span={{ base: 12, xs: 6, md: 4 }}>
              <TextInput
                label={<Code>:{name}</Code>}
                aria-label={`:${name}`}
                required={preset == null}
                description={KINDS[kind]}
                placeholder={preset ?? ""}
                value={value}
                error={errors[`parameters.${name}`] ?? (parameters.length === 1 ? errors.parameters : undefined) ?? problem}
                data-path={parameters.length === 1 ? "parameters" : `parameters.${name}`}
                onChange={(event) => onChange({ parameters: { ...draft.parameters, [name]: event.currentTarget.value } })}
              />
            </Grid.Col>
          );
        })}
      </Grid>
      {parameters.length > 1 && errors.parameters !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {errors.parameters}
        </Text>
      )}
    </div>
  );
}

function grouped(queries: Query[]) {
  const categories = new Map<string, { value: string; label: string }[]>();
  for (const { id, name, category } of queries) {
    const items = categories.get(category ?? "") ?? [];
    items.push({ value: id, label: name });
    categories.set(category ?? "", items);
  }
  if (categories.size === 1) return [...categories.values()].flat();
  return [...categories].sort(([a], [b]) => a.localeCompare(b)).map(([group, items]) => ({ group: group === "" ? "Without a category" : group, items }));
}
