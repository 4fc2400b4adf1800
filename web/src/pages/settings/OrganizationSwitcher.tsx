// In the head of every page: which organization is shown, and showing another.

import { Button, Menu, Text } from "@mantine/core";
import { IconBuilding, IconCheck, IconChevronDown, IconSettings } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { organization } from "../../api/client";
import { organizationList, shown } from "../../api/organizations";
import { switchTo } from "./switching";

export function OrganizationSwitcher() {
  const list = useQuery(organizationList);
  const navigate = useNavigate();
  const here = shown(list.data ?? []);
  const isLost = list.data !== undefined && here === undefined && organization() !== null;
  // The one that this browser remembers is of another server, or deleted: the default one is always there.
  useEffect(() => {
    if (isLost) void switchTo(null);
  }, [isLost]);
  if (list.data === undefined || list.data.length < 2) return null;
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Button
          variant="default"
          px="xs"
          maw={200}
          aria-label={`Switch organization, ${here?.name ?? ""} is shown`}
          leftSection={<IconBuilding size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          className="switcher"
        >
          {here?.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="70dvh" style={{ overflowY: "auto" }}>
        <Menu.Label>Switch organization</Menu.Label>
        {list.data.map((one) => (
          <Menu.Item
            key={one.id}
            onClick={() => one.id !== here?.id && void navigate({ to: "/", search: { organization: one.id } })}
            rightSection={one.id === here?.id ? <IconCheck size={16} role="img" aria-label="shown" /> : null}
          >
            <Text size="sm" className="wrap">
              {one.name}
            </Text>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconSettings size={16} aria-hidden />} renderRoot={(rest) => <Link to="/settings" {...rest} />}>
          All organizations
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
