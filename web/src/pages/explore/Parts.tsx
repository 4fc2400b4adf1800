// What a measurement is made of: its fields, its tags and their values.

import { Accordion, Badge, Checkbox, Group, Loader, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type At, fields as fieldsOf, tags as tagsOf, tagValues } from "../../api/explore";
import { toggled } from "../../lib/exploreSearch";
import { Problem } from "../../ui/Problem";
import { useExplore } from "./useExplore";

/** From here on a list can be searched. */
const MANY = 12;
/** How long after the last key it is searched. */
const TYPED_MS = 250;

export function Parts({ at, measurement }: { at: At; measurement: string }) {
  return (
    <Stack gap="md" role="group" aria-label={`Measurement ${measurement}`}>
      <Fields at={at} measurement={measurement} />
      <Tags at={at} measurement={measurement} />
    </Stack>
  );
}

function Fields({ at, measurement }: { at: At; measurement: string }) {
  const { search, choose } = useExplore();
  const [typed, setTyped] = useState("");
  const known = useQuery(fieldsOf(at, measurement));
  // A field of several types is listed once for each.
  const types = new Map<string, string[]>();
  for (const { name, type } of known.data?.items ?? []) types.set(name, [...(types.get(name) ?? []), ...(type == null ? [] : [type])]);
  const shown = [...types].filter(([name]) => name.toLowerCase().includes(typed.trim().toLowerCase()));
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h6">
          Fields
        </Title>
        <Text size="xs" c="dimmed">
          {search.fields === undefined ? "all" : `${search.fields.length} of ${types.size}`}
        </Text>
      </Group>
      {known.isPending && <Loader size="xs" aria-label="Looking for fields" />}
      {known.error && <Problem error={known.error} retry={() => void known.refetch()} />}
      {known.data && types.size === 0 && (
        <Text size="sm" c="dimmed">
          There is no such measurement here, or it has no fields.
        </Text>
      )}
      {types.size > MANY && <Search what="fields" value={typed} onChange={setTyped} />}
      <Stack gap={4} className="explore-checks" role="group" aria-label="Fields">
        {shown.map(([name, of]) => (
          <Checkbox
            key={name}
            size="xs"
            label={
              <>
                {name}{" "}
                <Text span size="xs" c="dimmed">
                  {of.join(", ")}
                </Text>
              </>
            }
            checked={search.fields?.includes(name) ?? false}
            onChange={() => choose({ fields: toggled(search.fields, name) })}
          />
        ))}
      </Stack>
      {known.data?.truncated && <More />}
    </Stack>
  );
}

function Tags({ at, measurement }: { at: At; measurement: string }) {
  const { search } = useExplore();
  const known = useQuery(tagsOf(at, measurement));
  const [opened, setOpened] = useState<string[]>(() => Object.keys(search.tags ?? {}));
  const names = known.data?.items ?? [];
  return (
    <Stack gap={6}>
      <Title order={2} size="h6">
        Tags
      </Title>
      {known.isPending && <Loader size="xs" aria-label="Looking for tags" />}
      {known.error && <Problem error={known.error} retry={() => void known.refetch()} />}
      {known.data && names.length === 0 && (
        <Text size="sm" c="dimmed">
          It has no tags.
        </Text>
      )}
      {names.length > 0 && (
        <Accordion multiple variant="contained" value={opened} onChange={setOpened} order={3}>
          {names.map((tag) => (
            <Accordion.Item key={tag} value={tag}>
              <Accordion.Control>
                <Group gap="xs" wrap="nowrap">
                  <Text size="sm" className="wrap">
                    {tag}
                  </Text>
                  {search.tags?.[tag] && (
                    <Badge size="sm" variant="light">
                      {search.tags[tag].length} chosen
                    </Badge>
                  )}
                </Group>
              </Accordion.Control>
              <Accordion.Panel>{opened.includes(tag) && <Values at={at} measurement={measurement} tag={tag} />}</Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
      {known.data?.truncated && <More />}
    </Stack>
  );
}

function Values({ at, measurement, tag }: { at: At; measurement: string; tag: string }) {
  const { search, choose } = useExplore();
  const [typed, setTyped] = useState("");
  const [wanted] = useDebouncedValue(typed.trim(), TYPED_MS);
  const known = useQuery(tagValues(at, measurement, tag, wanted));
  const chosen = search.tags?.[tag] ?? [];
  const found = known.data?.items ?? [];
  // What is chosen stays in sight, so that it can be taken back.
  const shown = [...chosen.filter((value) => !found.includes(value)), ...found];
  const set = (value: string) => choose({ tags: { ...search.tags, [tag]: toggled(chosen, value) } });
  return (
    <Stack gap={6}>
      {(shown.length > MANY || wanted !== "") && <Search what={`values of ${tag}`} value={typed} onChange={setTyped} />}
      {known.isPending && <Loader size="xs" aria-label={`Looking for values of ${tag}`} />}
      {known.error && <Problem error={known.error} retry={() => void known.refetch()} />}
      <Stack gap={4} className="explore-checks" role="group" aria-label={`Values of ${tag}`}>
        {shown.map((value) => (
          <Checkbox
            key={value}
            size="xs"
            label={value === "" ? <em>without {tag}</em> : value}
            checked={chosen.includes(value)}
            onChange={() => set(value)}
          />
        ))}
      </Stack>
      {known.data && shown.length === 0 && (
        <Text size="sm" c="dimmed">
          No value is called that.
        </Text>
      )}
      {known.data?.truncated && <More />}
    </Stack>
  );
}

function Search({ what, value, onChange }: { what: string; value: string; onChange: (value: string) => void }) {
  return <TextInput size="xs" aria-label={`Search ${what}`} placeholder={`Search ${what}`} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

function More() {
  return (
    <Text size="xs" c="dimmed">
      There are more than are shown.
    </Text>
  );
}
