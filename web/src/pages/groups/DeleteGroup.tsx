import { Button, Group as Row, List, Modal, Radio, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Group, groupList } from "../../api/groups";
import { membersOf, type Series, seriesList } from "../../api/series";
import { showProblem } from "../../ui/form";
import { deleteWithUndo } from "../../ui/undo";
import { deleteGroup, type Fate, groupsChanged } from "./data";

/** Deletes a group; asks first what becomes of the series that it holds. Either way there is an undo. */
export function DeleteGroup({ group }: { group: Group }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure();
  const { data: all } = useQuery(seriesList);
  const members = membersOf(group.id, all ?? []);
  const remove = (fate: Fate) => {
    close();
    deleteWithUndo({
      id: group.id,
      what: members.length === 0 || fate.members !== "delete" ? `the group ${group.name}` : `the group ${group.name} and its ${members.length} series`,
      remove: () => deleteGroup(group.id, fate),
      settled: () => void groupsChanged(cache),
      failed: showProblem,
    });
    void navigate({ to: "/groups" });
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={16} aria-hidden />}
        disabled={all === undefined}
        onClick={() => (members.length === 0 ? remove({ members: "keep" }) : open())}
      >
        Delete
      </Button>
      <Modal opened={opened} onClose={close} title={`Delete the group ${group.name}`}>
        <Choice group={group} members={members} onDelete={remove} onCancel={close} />
      </Modal>
    </>
  );
}

type Chosen = Exclude<Fate["members"], "keep">;

interface ChoiceProps {
  group: Group;
  members: Series[];
  onDelete: (fate: Fate) => void;
  onCancel: () => void;
}

function Choice({ group, members, onDelete, onCancel }: ChoiceProps) {
  const { data: groups } = useQuery(groupList);
  const others = (groups ?? []).filter(({ id }) => id !== group.id);
  // Such a window begins where the one of the slot before ended, and alone there is none.
  const bound = members.filter(({ mode }) => mode.mode === "window" && mode.length_s == null);
  const [fate, setFate] = useState<Chosen>(bound.length === 0 ? "release" : others.length > 0 ? "move" : "delete");
  const [target, setTarget] = useState<string | null>(null);
  const chosen = target ?? others[0]?.id ?? null;
  const remove = () => {
    if (fate !== "move") onDelete({ members: fate });
    else if (chosen !== null) onDelete({ members: "move", to: chosen });
  };
  return (
    <Stack gap="sm">
      <Text size="sm">It holds {members.length === 1 ? "a series" : `${members.length} series`}:</Text>
      <List size="sm" mah={200} style={{ overflow: "auto" }} tabIndex={0} aria-label="Series that it holds">
        {members.map(({ id, name }) => (
          <List.Item key={id} className="wrap">
            {name}
          </List.Item>
        ))}
      </List>
      <Radio.Group label="What becomes of them" value={fate} onChange={(value) => setFate(value as Chosen)}>
        <Stack gap={6} mt={4}>
          <Radio
            value="release"
            label="They stay without a group, and run only by hand"
            disabled={bound.length > 0}
            description={bound.length > 0 ? `Not for ${bound.map(({ name }) => name).join(", ")}: a window since the slot before needs a group` : undefined}
          />
          <Radio value="move" label="They go to another group" disabled={others.length === 0} />
          {fate === "move" && (
            <Select aria-label="The other group" searchable limit={100} allowDeselect={false} data={others.map(({ id, name }) => ({ value: id, label: name }))} value={chosen} onChange={setTarget} ml={30} />
          )}
          <Radio value="delete" label="They are deleted too" description="What they wrote stays" />
        </Stack>
      </Radio.Group>
      <Row justify="flex-end">
        <Button variant="default" onClick={onCancel} data-autofocus>
          Cancel
        </Button>
        <Button color="red" onClick={remove}>
          Delete
        </Button>
      </Row>
    </Stack>
  );
}
