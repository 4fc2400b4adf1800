import { Anchor, Button, List, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** Something that needs the object, as a link to its page. */
export interface Dependent {
  id: string;
  name: string;
  link: (rest: Record<string, unknown>) => ReactNode;
}

interface Props {
  /** What people call it: `the database shop`. */
  what: string;
  /** What they are: `queries run on it`. */
  dependence: string;
  /** Undefined while they are not known yet. */
  dependents: Dependent[] | undefined;
  onDelete: () => void;
}

/** Deletes at once what nothing needs (there is an undo); otherwise tells what has to go first. */
export function DeleteObject({ what, dependence, dependents, onDelete }: Props) {
  const [opened, { open, close }] = useDisclosure();
  const number = dependents?.length ?? 0;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={16} aria-hidden />}
        disabled={dependents === undefined}
        onClick={() => (number === 0 ? onDelete() : open())}
      >
        Delete
      </Button>
      <Modal opened={opened} onClose={close} title={`Cannot delete ${what} yet`}>
        <Text size="sm" mb="xs">
          {number} {dependence}. Delete or change {number === 1 ? "it" : "them"} first:
        </Text>
        <List size="sm" mah={320} style={{ overflow: "auto" }}>
          {dependents?.map(({ id, name, link }) => (
            <List.Item key={id}>
              <Anchor size="sm" renderRoot={link} className="wrap" onClick={close}>
                {name}
              </Anchor>
            </List.Item>
          ))}
        </List>
      </Modal>
    </>
  );
}
