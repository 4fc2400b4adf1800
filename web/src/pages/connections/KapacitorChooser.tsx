// The Kapacitors of a connection: which one is active, and the way to the others.

import { Anchor, Button, Menu } from "@mantine/core";
import { IconChevronDown, IconEdit, IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { activateKapacitor, kapacitorList } from "../../api/kapacitors";
import { showProblem } from "../../ui/form";
import type { Row } from "./data";

export function KapacitorChooser({ row: { connection, kapacitors } }: { row: Row }) {
  const queries = useQueryClient();
  const activation = useMutation({
    mutationFn: activateKapacitor,
    onSettled: () => queries.invalidateQueries({ queryKey: kapacitorList.queryKey }),
    onError: showProblem,
  });
  const active = kapacitors.find((kapacitor) => kapacitor.active);
  const of = { connection: connection.id };
  if (kapacitors.length === 0) {
    return (
      <Anchor size="sm" renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/new" params={of} {...rest} />}>
        Add Kapacitor
      </Anchor>
    );
  }
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          loading={activation.isPending}
          aria-label={`Kapacitor of ${connection.name}: ${active?.name ?? "none is active"}`}
        >
          {active?.name ?? "None is active"}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Active Kapacitor</Menu.Label>
        <Menu.RadioGroup
          value={active?.id ?? ""}
          onChange={(id) => {
            const chosen = kapacitors.find((kapacitor) => kapacitor.id === id);
            if (chosen && !chosen.active) activation.mutate(chosen);
          }}
        >
          {kapacitors.map(({ id, name }) => (
            <Menu.RadioItem key={id} value={id} closeMenuOnClick>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        {kapacitors.map((kapacitor) => (
          <Menu.Item
            key={kapacitor.id}
            leftSection={<IconEdit size={14} aria-hidden />}
            renderRoot={(rest) => (
              <Link to="/connections/$connection/kapacitors/$kapacitor" params={{ ...of, kapacitor: kapacitor.id }} {...rest} />
            )}
          >
            Open {kapacitor.name}
          </Menu.Item>
        ))}
        <Menu.Item
          leftSection={<IconPlus size={14} aria-hidden />}
          renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/new" params={of} {...rest} />}
        >
          Add Kapacitor
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
