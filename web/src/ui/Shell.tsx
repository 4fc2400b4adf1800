// The frame of every page: navigation, the organization, the command palette, light and dark.

import { ActionIcon, AppShell, Burger, Group, Kbd, NavLink, ScrollArea, Text, Tooltip, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useCallback, useState } from "react";
import type { Page } from "../routes";
import { LoadedPart } from "./Broken";
import { useShortcuts } from "./shortcuts";

const Palette = lazy(() => import("./Palette"));
const Keys = lazy(() => import("./Keys"));

/** `switcher` chooses what everything shown belongs to; `marks` stand beside the names of pages in the navigation, by path. */
export function Shell({ pages, switcher, marks = {} }: { pages: Page[]; switcher?: ReactNode; marks?: Record<string, ReactNode> }) {
  const [opened, { toggle, close }] = useDisclosure();
  const [dialog, setDialog] = useState<"palette" | "keys">();
  const openPalette = useCallback(() => setDialog("palette"), []);
  const openKeys = useCallback(() => setDialog("keys"), []);
  const closeDialog = useCallback(() => setDialog(undefined), []);
  const here = useRouterState({ select: (state) => state.location.pathname });
  useShortcuts(pages, openPalette, openKeys);
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !opened } }} padding="md">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} aria-expanded={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <img src="/icon.svg" alt="" width={24} height={24} />
            <Text fw={650} className="brand">
              Tributary
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <UnstyledButton className="search" onClick={openPalette} aria-label="Search and commands" aria-keyshortcuts="Control+K">
              <IconSearch size={16} aria-hidden />
              <span className="search-word">Search</span>
              <Kbd size="xs">Ctrl K</Kbd>
            </UnstyledButton>
            {switcher}
            <Scheme />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages" className="pages" data-closed={opened ? undefined : true}>
        <ScrollArea>
          {pages.map(({ path, label, icon: Icon }) => {
            const active = path === "/" ? here === "/" : here.startsWith(path);
            return (
              <NavLink
                key={path}
                renderRoot={(rest) => <Link to={path} {...rest} aria-current={active ? "page" : undefined} />}
                label={label}
                leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
                rightSection={marks[path]}
                active={active}
                onClick={close}
              />
            );
          })}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      {dialog !== undefined && (
        <LoadedPart name={dialog}>
          <Suspense>
            {dialog === "palette" && <Palette pages={pages} openKeys={openKeys} onClose={closeDialog} />}
            {dialog === "keys" && <Keys pages={pages} onClose={closeDialog} />}
          </Suspense>
        </LoadedPart>
      )}
    </AppShell>
  );
}

function Scheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme === "dark" || (colorScheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  const label = dark ? "Light appearance" : "Dark appearance";
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={() => setColorScheme(dark ? "light" : "dark")}>
        {dark ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}
