// The only list of pages: what stands in the navigation, under which address, and which file draws it. Pages are loaded when they are opened.

import {
  IconActivity, IconBolt, IconChartLine, IconClock, IconDatabase, IconFiles, IconHistory, IconHome, IconPlugConnected, IconMailX, IconReportAnalytics,
  IconScale, IconSettings, IconSql,
} from "@tabler/icons-react";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { auditSearch } from "./lib/audits";
import { backfillSearch } from "./lib/backfills";
import { exploreSearch } from "./lib/exploreSearch";
import { listSearch } from "./lib/listSearch";
import { rejectSearch } from "./lib/rejectSearch";
import { runSearch } from "./lib/runSearch";
import { RejectMark } from "./pages/rejects/RejectMark";
import { OrganizationSwitcher } from "./pages/settings/OrganizationSwitcher";
import { switchTo } from "./pages/settings/switching";
import { BrokenConsole, BrokenPage } from "./ui/Broken";
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
  { path: "/databases", label: "Databases", icon: IconDatabase, key: "d" },
  { path: "/queries", label: "Queries", icon: IconSql, key: "q" },
  { path: "/series", label: "Series", icon: IconChartLine, key: "s" },
  { path: "/groups", label: "Groups", icon: IconClock, key: "t" },
  { path: "/runs", label: "Runs", icon: IconActivity, key: "r" },
  { path: "/backfills", label: "Backfills", icon: IconHistory, key: "b" },
  { path: "/audits", label: "Audits", icon: IconScale, key: "a" },
  { path: "/rejects", label: "Rejects", icon: IconMailX, key: "x" },
  { path: "/explore", label: "Explore", icon: IconReportAnalytics, key: "e" },
  { path: "/files", label: "Files", icon: IconFiles, key: "f" },
  { path: "/settings", label: "Settings", icon: IconSettings, key: "," },
];

export const everyIcon = { IconActivity, IconBolt, IconChartLine, IconClock, IconDatabase, IconFiles, IconReportAnalytics, IconSettings, IconSql };

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: () => <Shell pages={navigation} switcher={<OrganizationSwitcher />} marks={{ "/rejects": <RejectMark /> }} />,
  notFoundComponent: NothingHere,
  errorComponent: BrokenConsole,
});

/** Whose, by id or name. A name of digits comes as a number. */
function ofSeries({ series: whose }: Record<string, unknown>): { series?: string } {
  return typeof whose === "string" || typeof whose === "number" ? { series: String(whose) } : {};
}

const home = createRoute({
  getParentRoute: () => root, path: "/",
  // `/?organization=plant` shows another organization. A page that must not be left without asking has been asked when this is reached.
  validateSearch: ({ organization }: Record<string, unknown>): { organization?: string } =>
    organization === undefined || organization === "" ? {} : { organization: String(organization) },
  beforeLoad: ({ search, preload }) => (search.organization === undefined || preload ? undefined : switchTo(search.organization)),
  component: lazyRouteComponent(() => import("./pages/home/HomePage"), "HomePage"),
});

const connections = createRoute({
  getParentRoute: () => root, path: "/connections", validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./pages/connections/ConnectionsPage"), "ConnectionsPage"),
});
const newConnection = createRoute({
  getParentRoute: () => root, path: "/connections/new",
  component: lazyRouteComponent(() => import("./pages/connections/NewConnectionPage"), "NewConnectionPage"),
});
const connection = createRoute({
  getParentRoute: () => root, path: "/connections/$connection",
  component: lazyRouteComponent(() => import("./pages/connections/ConnectionPage"), "ConnectionPage"),
});
const editConnection = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/edit",
  component: lazyRouteComponent(() => import("./pages/connections/EditConnectionPage"), "EditConnectionPage"),
});

const kapacitors = createRoute({
  getParentRoute: () => root, path: "/kapacitors", validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./pages/kapacitors/KapacitorsPage"), "KapacitorsPage"),
});
const newKapacitor = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/kapacitors/new",
  component: lazyRouteComponent(() => import("./pages/kapacitors/NewKapacitorPage"), "NewKapacitorPage"),
});
const kapacitor = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/kapacitors/$kapacitor",
  component: lazyRouteComponent(() => import("./pages/kapacitors/KapacitorPage"), "KapacitorPage"),
});
const editKapacitor = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/kapacitors/$kapacitor/edit",
  component: lazyRouteComponent(() => import("./pages/kapacitors/EditKapacitorPage"), "EditKapacitorPage"),
});
const endpoints = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/kapacitors/$kapacitor/endpoints",
  validateSearch: ({ q }: Record<string, unknown>): { q?: string } => (q === undefined || q === "" ? {} : { q: String(q) }),
  component: lazyRouteComponent(() => import("./pages/endpoints/EndpointsPage"), "EndpointsPage"),
});
const newEndpoint = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/kapacitors/$kapacitor/endpoints/new",
  validateSearch: ({ handler }: Record<string, unknown>): { handler?: string } => (typeof handler === "string" ? { handler } : {}),
  component: lazyRouteComponent(() => import("./pages/endpoints/NewEndpointPage"), "NewEndpointPage"),
});
const endpoint = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/kapacitors/$kapacitor/endpoints/$endpoint",
  component: lazyRouteComponent(() => import("./pages/endpoints/EndpointPage"), "EndpointPage"),
});
const tasks = createRoute({
  getParentRoute: () => root, path: "/connections/$connection/kapacitors/$kapacitor/tasks", validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./pages/kapacitors/TasksPage"), "TasksPage"),
});

const databases = createRoute({
  getParentRoute: () => root, path: "/databases", validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./pages/databases/DatabasesPage"), "DatabasesPage"),
});
const newDatabase = createRoute({
  getParentRoute: () => root, path: "/databases/new", component: lazyRouteComponent(() => import("./pages/databases/NewDatabasePage"), "NewDatabasePage"),
});
const database = createRoute({
  getParentRoute: () => root, path: "/databases/$database", component: lazyRouteComponent(() => import("./pages/databases/DatabasePage"), "DatabasePage"),
});
const editDatabase = createRoute({
  getParentRoute: () => root, path: "/databases/$database/edit",
  component: lazyRouteComponent(() => import("./pages/databases/EditDatabasePage"), "EditDatabasePage"),
});

const queries = createRoute({
  getParentRoute: () => root, path: "/queries", validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./pages/queries/QueriesPage"), "QueriesPage"),
});
const newQuery = createRoute({
  getParentRoute: () => root, path: "/queries/new",
  validateSearch: ({ database: on, table }: Record<string, unknown>): { database?: string; table?: string } => ({
    ...(typeof on === "string" ? { database: on } : {}), ...(typeof table === "string" ? { table } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/queries/NewQueryPage"), "NewQueryPage"),
});
const query = createRoute({
  getParentRoute: () => root, path: "/queries/$query", component: lazyRouteComponent(() => import("./pages/queries/QueryPage"), "QueryPage"),
});

const seriesList = createRoute({
  getParentRoute: () => root, path: "/series", validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./pages/series/SeriesListPage"), "SeriesListPage"),
});
const newSeries = createRoute({
  getParentRoute: () => root, path: "/series/new",
  validateSearch: ({ query: from, group: on }: Record<string, unknown>): { query?: string; group?: string } => ({
    ...(typeof from === "string" ? { query: from } : {}),
    ...(typeof on === "string" ? { group: on } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/series/NewSeriesPage"), "NewSeriesPage"),
});
const series = createRoute({
  getParentRoute: () => root, path: "/series/$series",
  validateSearch: ({ tab, run: watched }: Record<string, unknown>): { tab?: string; run?: string } => ({
    ...(typeof tab === "string" ? { tab } : {}),
    ...(typeof watched === "string" ? { run: watched } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/series/SeriesPage"), "SeriesPage"),
});
const editSeries = createRoute({
  getParentRoute: () => root, path: "/series/$series/edit",
  component: lazyRouteComponent(() => import("./pages/series/EditSeriesPage"), "EditSeriesPage"),
});

const groups = createRoute({
  getParentRoute: () => root, path: "/groups", validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./pages/groups/GroupsPage"), "GroupsPage"),
});
const newGroup = createRoute({
  getParentRoute: () => root, path: "/groups/new", component: lazyRouteComponent(() => import("./pages/groups/NewGroupPage"), "NewGroupPage"),
});
const group = createRoute({
  getParentRoute: () => root, path: "/groups/$group", component: lazyRouteComponent(() => import("./pages/groups/GroupPage"), "GroupPage"),
});
const editGroup = createRoute({
  getParentRoute: () => root, path: "/groups/$group/edit",
  component: lazyRouteComponent(() => import("./pages/groups/EditGroupPage"), "EditGroupPage"),
});

const runs = createRoute({
  getParentRoute: () => root, path: "/runs", validateSearch: runSearch, component: lazyRouteComponent(() => import("./pages/runs/RunsPage"), "RunsPage"),
});
const run = createRoute({
  getParentRoute: () => root, path: "/runs/$run", component: lazyRouteComponent(() => import("./pages/runs/RunPage"), "RunPage"),
});
const backfills = createRoute({
  getParentRoute: () => root, path: "/backfills", validateSearch: backfillSearch,
  component: lazyRouteComponent(() => import("./pages/backfills/BackfillsPage"), "BackfillsPage"),
});
const newBackfill = createRoute({
  getParentRoute: () => root, path: "/backfills/new", validateSearch: ofSeries,
  component: lazyRouteComponent(() => import("./pages/backfills/NewBackfillPage"), "NewBackfillPage"),
});
const backfill = createRoute({
  getParentRoute: () => root, path: "/backfills/$backfill", component: lazyRouteComponent(() => import("./pages/backfills/BackfillPage"), "BackfillPage"),
});
const audits = createRoute({
  getParentRoute: () => root, path: "/audits", validateSearch: auditSearch, component: lazyRouteComponent(() => import("./pages/audits/AuditsPage"), "AuditsPage"),
});
const newAudit = createRoute({
  getParentRoute: () => root, path: "/audits/new", validateSearch: ofSeries, component: lazyRouteComponent(() => import("./pages/audits/NewAuditPage"), "NewAuditPage"),
});
const audit = createRoute({
  getParentRoute: () => root, path: "/audits/$audit", validateSearch: listSearch, component: lazyRouteComponent(() => import("./pages/audits/AuditPage"), "AuditPage"),
});
const rejects = createRoute({
  getParentRoute: () => root, path: "/rejects", validateSearch: rejectSearch,
  component: lazyRouteComponent(() => import("./pages/rejects/RejectsPage"), "RejectsPage"),
});
const explore = createRoute({
  getParentRoute: () => root, path: "/explore", validateSearch: exploreSearch,
  component: lazyRouteComponent(() => import("./pages/explore/ExplorePage"), "ExplorePage"),
});
const files = createRoute({
  getParentRoute: () => root, path: "/files", component: lazyRouteComponent(() => import("./pages/files/FilesPage"), "FilesPage"),
});
const settings = createRoute({
  getParentRoute: () => root, path: "/settings", component: lazyRouteComponent(() => import("./pages/settings/SettingsPage"), "SettingsPage"),
});

const tree = root.addChildren([
  home, connections, newConnection, connection, editConnection, kapacitors, newKapacitor, kapacitor, editKapacitor, endpoints, newEndpoint, endpoint, tasks,
  databases, newDatabase, database, editDatabase, queries, newQuery, query,
  seriesList, newSeries, series, editSeries, groups, newGroup, group, editGroup, runs, run, backfills, newBackfill, backfill, audits, newAudit, audit, rejects, explore, files, settings,
]);

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", defaultErrorComponent: BrokenPage, scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
