// What a mapping can say beside the part of each column: columns by pattern, the same in every point, values that InfluxDB cannot hold, rejects.

import { Collapse, Radio, Stack, TagsInput, Text, Title, UnstyledButton } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { selects } from "../../lib/patterns";
import type { ResultColumn } from "../../lib/roles";
import { ConstantsPart } from "./ConstantsPart";
import type { Draft } from "./draft";
import { type MappingDraft, roleOf, withPatterns } from "./mappingDraft";
import { PolicyPart, RejectPart } from "./PolicyPart";

interface Props {
  draft: Draft;
  columns: readonly ResultColumn[];
  errors: Record<string, string | undefined>;
  isOpen: boolean;
  onToggle: () => void;
  onChange: (change: Partial<Draft>) => void;
}

export function MoreMapping({ draft, columns, errors, isOpen, onToggle, onChange }: Props) {
  return (
    <div>
      <UnstyledButton onClick={onToggle} aria-expanded={isOpen} fz="sm" c="var(--mantine-color-anchor)" className="more-toggle">
        {isOpen ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />} More about the mapping: patterns, constants, odd values, rejects
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Stack gap="lg" pt="xs">
          <Part title="Columns by pattern" about="* stands for any letters, ? for one, and !name takes a column away again. Read anew in each run, so columns that come later are among them.">
            <PatternFields draft={draft} columns={columns} errors={errors} onChange={onChange} />
          </Part>
          <Part title="The same in every point" about="Tags and fields that no column has. They make no point of a row whose columns give it no field.">
            <ConstantsPart constants={draft.constants} errors={errors} onChange={(constants) => onChange({ constants })} />
          </Part>
          <Part title="Values that InfluxDB cannot hold" about="What is left out, cut or rejected is counted in each run.">
            <PolicyPart policies={draft.policies} columns={columns.filter(({ name }) => ["tag", "field"].includes(roleOf(draft, name)))} onChange={(policies) => onChange({ policies })} />
          </Part>
          <Part title="Rejects">
            <RejectPart draft={draft} error={errors["rejects.limit"]} onChange={onChange} />
          </Part>
        </Stack>
      </Collapse>
    </div>
  );
}

function Part({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  const id = useId();
  return (
    <Stack gap="xs" role="group" aria-labelledby={id}>
      <div>
        <Title order={3} size="h6" id={id}>
          {title}
        </Title>
        {about !== undefined && (
          <Text size="xs" c="dimmed">
            {about}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  );
}

type PatternProps = Pick<Props, "columns" | "errors"> & { draft: MappingDraft; onChange: (change: Partial<MappingDraft>) => void };

function PatternFields({ draft, columns, errors, onChange }: PatternProps) {
  const matched = (part: "tag" | "field", patterns: readonly string[]) => {
    if (patterns.length === 0) return undefined;
    const names = columns.map(({ name }) => name).filter((name) => roleOf(draft, name) === part && draft.roles[name] === undefined && selects(patterns, name));
    return names.length === 0 ? "None of this result" : `Of this result: ${names.join(", ")}`;
  };
  return (
    <Stack gap="sm">
      <TagsInput
        label="Tags"
        placeholder={draft.tag_patterns.length === 0 ? "*_id" : ""}
        description={matched("tag", draft.tag_patterns) ?? "Beside those that are marked above"}
        value={draft.tag_patterns}
        acceptValueOnBlur
        error={errors["mapping.tags"]}
        data-path="mapping.tags"
        onChange={(patterns) => onChange(withPatterns(draft, "tag_patterns", patterns))}
      />
      <Radio.Group
        label="Fields"
        value={draft.others}
        onChange={(others) => onChange(others === "field" ? { others: "field" } : { others: "unused", roles: namedFields(draft, columns) })}
      >
        <Stack gap={6} mt={6}>
          <Radio value="field" label="Every column that is nothing else" description="Also one that the query gains later" />
          <Radio value="unused" label="Only those that are marked, or match" description="One that the query gains later is not written, unless it matches" />
        </Stack>
      </Radio.Group>
      {draft.others === "unused" && (
        <TagsInput
          aria-label="Patterns of fields"
          placeholder={draft.field_patterns.length === 0 ? "temp_*" : ""}
          description={matched("field", draft.field_patterns)}
          value={draft.field_patterns}
          acceptValueOnBlur
          error={errors["mapping.fields"]}
          data-path="mapping.fields"
          onChange={(patterns) => onChange(withPatterns(draft, "field_patterns", patterns))}
        />
      )}
    </Stack>
  );
}

/** The columns that are fields stay so when it is no longer every other one. */
function namedFields(draft: MappingDraft, columns: readonly ResultColumn[]): MappingDraft["roles"] {
  const fields = columns.filter(({ name }) => draft.roles[name] === undefined && roleOf(draft, name) === "field").map(({ name }) => [name, "field"] as const);
  return { ...draft.roles, ...Object.fromEntries(fields) };
}
