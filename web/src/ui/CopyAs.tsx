import { Button, Code, CopyButton, Menu, Modal, Stack, Tabs } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCopy } from "@tabler/icons-react";

/** One way to say the same without the console. Secrets stand as `$NAME`, never as they are. */
export interface Recipe {
  label: "curl" | "Command line" | "File";
  text: string;
}

/** The form as it stands, for a script or for git. */
export function CopyAs({ recipes }: { recipes: Recipe[] }) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Menu>
        <Menu.Target>
          <Button variant="default" leftSection={<IconCopy size={16} aria-hidden />}>
            Copy as
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {recipes.map(({ label, text }) => (
            <CopyButton key={label} value={text}>
              {({ copied, copy }) => <Menu.Item onClick={copy}>{copied ? `${label}: copied` : label}</Menu.Item>}
            </CopyButton>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={open}>Look at it first</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={opened} onClose={close} title="The same without the console" size="lg">
        <Tabs defaultValue={recipes[0]?.label ?? null}>
          <Tabs.List>
            {recipes.map(({ label }) => (
              <Tabs.Tab key={label} value={label}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {recipes.map(({ label, text }) => (
            <Tabs.Panel key={label} value={label} pt="sm">
              <Stack gap="xs">
                <Code block>{text}</Code>
              </Stack>
            </Tabs.Panel>
          ))}
        </Tabs>
      </Modal>
    </>
  );
}

export { quoted } from "../lib/recipes";
