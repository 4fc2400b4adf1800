// The only list of pages: what stands in the navigation, under which address, and which file draws it. Pages are loaded when they are opened.

import {
  IconActivity, IconBolt, IconChartLine, IconClock, IconDatabase, IconFiles, IconHome, IconPlugConnected, IconReportAnalytics, IconSettings,
  IconSql,
} from "@tabler/icons-react";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NothingHere } from "./ui/NothingHere";
import { Shell } from "./ui/Shell";

export interface Page {
  path: string;
  label: string;
  icon: typeof IconHome;
  /** The second key after `g` that opens it. */
  key: string;
}

/** The navigation, in its order. */
export const navigation: Page[] = [
  { path: "/", label: "Home", icon: IconHome, key: "h" },
  { path: "/connections", label: "Connections", icon: IconPlugConnected, key: "c" },
];

export const everyIcon = { IconActivity, IconBolt, IconChartLine, IconClock, IconDatabase, IconFiles, IconReportAnalytics, IconSettings, IconSql };

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: () => <Shell pages={navigation} />, notFoundComponent: NothingHere });

const home = createRoute({ getParentRoute: () => root, path: "/", component: lazyRouteComponent(() => import("./pages/home/HomePage"), "HomePage") });

const tree = root.addChildren([home]);

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
