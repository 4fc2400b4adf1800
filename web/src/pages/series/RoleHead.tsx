import { ActionIcon, Badge, Button, Group, Menu, Text, Tooltip } from "@mantine/core";
import {
  type Icon, IconAdjustmentsHorizontal, IconAlertTriangle, IconArrowBarToDown, IconCheck, IconChevronDown, IconCircleOff, IconClock, IconKey, IconNumbers, IconRuler2, IconTag,
} from "@tabler/icons-react";
import { count } from "../../lib/format";
import { type Role, ROLE_LABEL, ROLES } from "../../lib/roles";
import { focusField } from "../../ui/form";
import { ColumnHead, type ValueColumn } from "../../ui/ValueTable";
import { type ColumnEdit, ColumnSettings } from "./ColumnSettings";

/** `ink`: what the word is written in; Mantine's own is too pale on its ground. */
const LOOK: Record<Role, { icon: Icon; color: string; ink: string }> = {
  time: { icon: IconClock, color: "orange", ink: "light-dark(#8a4b00, #ffc078)" },
  tag: { icon: IconTag, color: "violet", ink: "light-dark(#5f3dc4, #d0c4ff)" },
  field: { icon: IconNumbers, color: "green", ink: "light-dark(#1e6b3a, #8ce0a8)" },
  measurement: { icon: IconRuler2, color: "water", ink: "light-dark(#0b5a6a, #7fd6e3)" },
  unused: { icon: IconCircleOff, color: "gray", ink: "light-dark(#495057, #c9c9c9)" },
};

interface Props {
  column: ValueColumn;
  role: Role;
  /** What the column probably is. */
  suggested: Role | undefined;
  /** How many different values the rows on the page have. */
  values: number;
  /** Why the role does not suit it. */
  doubt: string | undefined;
  /** Absent where nothing can be changed. */
  onRole: ((role: Role) => void) | undefined;
  /** What it is to a series that reads only new rows; undefined for every other. */
  part: CursorPart | undefined;
  /** What was chosen for it besides, in few words. */
  words: string[];
  /** Changes that; undefined where nothing can be changed. */
  edit: ColumnEdit | undefined;
}

/** How a column tells new rows. */
export interface CursorPart {
  is: "cursor" | "key" | undefined;
  onCursor?: () => void;
  onKey?: () => void;
}

/** The head of a column, with a chip that says what it becomes and changes it. */
export function RoleHead({ column, role, suggested, values, doubt, onRole, part, words, edit }: Props) {
  const { icon: Mark } = LOOK[role];
  return (
    <div className="role-head">
      <ColumnHead column={column} />
      <Group gap={4} wrap="nowrap">
        {onRole ? <RoleMenu column={column} role={role} suggested={suggested} onRole={onRole} part={part} /> : (
          <Badge variant="light" size="sm" tt="none" color={LOOK[role].color} c={LOOK[role].ink} leftSection={<Mark size={13} aria-hidden />}>
            {ROLE_LABEL[role]}
          </Badge>
        )}
        {edit && (role === "tag" || role === "field" || role === "measurement") && <ColumnSettings column={column} role={role} {...edit} />}
        {edit && role === "time" && (
          <ActionIcon size={24} variant="subtle" color="gray" aria-label={`How ${column.name} is read`} onClick={() => focusField("mapping.time")}>
            <IconAdjustmentsHorizontal size={16} aria-hidden />
          </ActionIcon>
        )}
        {part?.is !== undefined && (
          <Badge variant="outline" color="gray" size="sm" tt="none" leftSection={part.is === "cursor" ? <IconArrowBarToDown size={12} aria-hidden /> : <IconKey size={12} aria-hidden />}>
            {part.is === "cursor" ? "Cursor" : "Key"}
          </Badge>
        )}
      </Group>
      {words.length > 0 && (
        <Text size="xs" fw={400} component="span">
          {words.join(" · ")}
        </Text>
      )}
      <Text size="xs" c="dimmed" fw={400} component="span">
        {count(values)} {values === 1 ? "value" : "values"}
        {doubt !== undefined && (
          <Tooltip label={doubt} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
            <IconAlertTriangle size={14} tabIndex={0} role="img" aria-label={doubt} color="var(--mantine-color-yellow-filled)" style={{ verticalAlign: "-2px", marginLeft: 4 }} />
          </Tooltip>
        )}
      </Text>
    </div>
  );
}

interface MenuProps {
  column: ValueColumn;
  role: Role;
  suggested: Role | undefined;
  onRole: (role: Role) => void;
  part: CursorPart | undefined;
}

function RoleMenu({ column, role, suggested, onRole, part }: MenuProps) {
  const { icon: Mark } = LOOK[role];
  return (
    <Menu position="bottom-start" width={270}>
      <Menu.Target>
        <Button
          size="compact-xs"
          variant="light"
          color={LOOK[role].color}
          c={LOOK[role].ink}
          leftSection={<Mark size={13} aria-hidden />}
          rightSection={<IconChevronDown size={12} aria-hidden />}
          aria-label={`${column.name} becomes: ${ROLE_LABEL[role]}${part?.is === undefined ? "" : `, ${part.is}`}`}
        >
          {ROLE_LABEL[role]}
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label={`What ${column.name} becomes`}>
        {ROLES.map(({ role: one, label, about }) => {
          const { icon: Picture } = LOOK[one];
          return (
            <Menu.Item
              key={one}
              leftSection={<Picture size={16} aria-hidden />}
              rightSection={one === role ? <IconCheck size={14} aria-label="now" /> : one === suggested ? <Badge size="xs" variant="default" tt="none">suggested</Badge> : undefined}
              onClick={() => onRole(one)}
            >
              {label}
              <Text size="xs" c="dimmed">
                {about}
              </Text>
            </Menu.Item>
          );
        })}
        {part !== undefined && (
          <>
            <Menu.Divider />
            <Menu.Label>Beside that, to tell new rows</Menu.Label>
            <Menu.Item leftSection={<IconArrowBarToDown size={16} aria-hidden />} rightSection={part.is === "cursor" ? <IconCheck size={14} aria-label="now" /> : undefined} onClick={part.onCursor}>
              Cursor
              <Text size="xs" c="dimmed">
                New rows have a higher value
              </Text>
            </Menu.Item>
            {part.is !== "cursor" && (
              <Menu.Item leftSection={<IconKey size={16} aria-hidden />} rightSection={part.is === "key" ? <IconCheck size={14} aria-label="now" /> : undefined} onClick={part.onKey}>
                {part.is === "key" ? "No part of the key" : "Part of the key"}
                <Text size="xs" c="dimmed">
                  Tells rows of one cursor value apart
                </Text>
              </Menu.Item>
            )}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
