import { Alert, Anchor, Select, Stack, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connectionList, DRIVERS, writtenTo } from "../../api/connections";
import { groupForecast, groupList, wordsOf } from "../../api/groups";
import { Fires } from "../../ui/Fires";
import { type Draft, enabledWords } from "./draft";

interface Props {
  draft: Draft;
  errors: Record<string, string | undefined>;
  onChange: (change: Partial<Draft>) => void;
}

/** Where the points go, and when. */
export function PlacePart({ draft, errors, onChange }: Props) {
  const connections = useQuery(connectionList);
  const groups = useQuery(groupList);
  const connection = connections.data?.find(({ id }) => id === draft.connection_id);
  const group = groups.data?.find(({ id }) => id === draft.group_id);
  const forecast = useQuery({ ...groupForecast(draft.group_id, 3), enabled: draft.group_id !== "" });
  return (
    <Stack gap="sm" maw={640}>
      {connections.data?.length === 0 ? (
        <Alert color="blue" title="There is no connection yet">
          Points need an InfluxDB or a folder to go to. <Anchor renderRoot={(rest) => <Link to="/connections/new" {...rest} />}>Add a connection</Anchor>, then come back.
        </Alert>
      ) : (
        <Select
          label="Connection"
          required
          searchable
          limit={100}
          nothingFoundMessage="No connection is called that"
          allowDeselect={false}
          data={(connections.data ?? []).map(({ id, name, default: isDefault }) => ({ value: id, label: isDefault ? `${name} (default)` : name }))}
          value={draft.connection_id === "" ? null : draft.connection_id}
          onChange={(id) => onChange({ connection_id: id ?? "" })}
          description={connection && `${DRIVERS[connection.driver]} · ${writtenTo(connection)}`}
          error={errors.connection_id}
          data-path="connection_id"
        />
      )}
      <Select
        label="Group"
        searchable
        limit={100}
        clearable
        placeholder="No group: runs only by hand"
        nothingFoundMessage="No group is called that"
        data={(groups.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={draft.group_id === "" ? null : draft.group_id}
        onChange={(id) => onChange({ group_id: id ?? "", ...(id === null && draft.window === "slot" ? { window: "fixed" as const } : {}) })}
        description={
          group ? (
            `${wordsOf(group.words)}${group.enabled === false ? " · the group is disabled" : ""}`
          ) : (
            <>
              A group is the schedule. <Anchor size="xs" renderRoot={(rest) => <Link to="/groups/new" {...rest} />}>Make a new group</Anchor>
            </>
          )
        }
        error={errors.group_id}
        data-path="group_id"
      />
      {group && forecast.data && <Fires fires={forecast.data.slots} zone={group.time_zone ?? "UTC"} />}
      <Switch
        label="Enabled"
        description={enabledWords(draft.enabled, draft.group_id !== "")}
        checked={draft.enabled}
        onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
      />
    </Stack>
  );
}
