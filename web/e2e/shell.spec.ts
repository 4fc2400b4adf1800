import { expect, sound, test } from "./harness";
import { seriesOf, SQL } from "./harness/trouble";

test("the console opens with its pages, and nobody is shut out", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveTitle(/Tributary/);
  const pages = page.getByRole("navigation", { name: "Pages" });
  await expect(pages.getByRole("link", { name: "Home" })).toHaveAttribute("aria-current", "page");
  await pages.getByRole("link", { name: "Connections" }).click();
  await expect(page).toHaveURL(/\/connections$/);
  await expect(pages.getByRole("link", { name: "Connections" })).toHaveAttribute("aria-current", "page");
  await sound(page);
});

test("the first key press leads past the navigation to the content", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("g and a letter go to a page, but not while typing", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/connections$/);
  await page.keyboard.press("Control+k");
  const search = page.getByRole("dialog").getByLabel("Search pages and objects");
  await search.pressSequentially("gh");
  await expect(search).toHaveValue("gh");
  await expect(page).toHaveURL(/\/connections$/);
});

test("the palette opens a page and an object by its name", async ({ page, server }) => {
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "web shop", engine: "sqlite", path: server.sqlite });
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await page.keyboard.press("Control+k");
  const search = page.getByRole("dialog").getByLabel("Search pages and objects");
  await expect(search).toBeFocused();
  await search.fill("connec");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/connections$/);

  await page.keyboard.press("Control+k");
  await search.fill("shop");
  await expect(page.getByRole("option", { name: /web shop/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/databases/${id}$`));
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("dark stays dark after a reload, from the first paint on", async ({ page, expected }) => {
  expected.push(/net::ERR_FAILED .*\/assets\//);
  await page.goto("/");
  const root = page.locator("html");
  await expect(root).toHaveAttribute("data-mantine-color-scheme", "light");
  await page.getByRole("button", { name: "Dark appearance" }).click();
  await expect(root).toHaveAttribute("data-mantine-color-scheme", "dark");

  // Without the console itself: what is painted first is decided by a script that comes before it.
  await page.route("**/assets/*.js", (route) => route.abort());
  await page.reload({ waitUntil: "commit" });
  await expect(root).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.unroute("**/assets/*.js");
  await page.reload();
  await page.getByRole("button", { name: "Light appearance" }).click();
  await expect(root).toHaveAttribute("data-mantine-color-scheme", "light");
});

test("an address that leads nowhere says so and shows the way back", async ({ page }) => {
  await page.goto("/nowhere/at/all");
  await expect(page.getByRole("heading", { name: "There is nothing at this address" })).toBeVisible();
  await sound(page);
  await page.getByRole("link", { name: "Back to the start" }).click();
  await expect(page).toHaveURL(/\/$/);
});

test("on a narrow screen the navigation opens from a button and closes with the choice", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/");
  await page.getByRole("button", { name: "Navigation" }).click();
  const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Connections" });
  await link.click();
  await expect(page).toHaveURL(/\/connections$/);
  await expect(link).not.toBeInViewport();
});

test("? shows the keys that work, those of the page among them", async ({ page, server }) => {
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/groups", { name: "nightly", schedule: { every_s: 3600 } });
  await page.goto(`/groups/${id}`);
  await expect(page.getByRole("button", { name: "Run now" })).toHaveAttribute("aria-keyshortcuts", "r");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(keys.getByRole("heading", { name: "On this page" })).toBeVisible();
  for (const what of ["Edit", "Run now", "Next row"]) await expect(keys.getByText(what, { exact: true })).toBeVisible();
  await sound(page);
  // A dialog keeps the keys to itself.
  await page.keyboard.press("e");
  await expect(page).toHaveURL(new RegExp(`/groups/${id}$`));
  await page.keyboard.press("Escape");
  await expect(keys).toHaveCount(0);

  await page.keyboard.press("r");
  await expect(page.getByText("Nothing to run")).toBeVisible();
  await page.keyboard.press("e");
  await expect(page).toHaveURL(new RegExp(`/groups/${id}/edit$`));
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("");
  await name.pressSequentially("g?rej/k");
  await expect(name).toHaveValue("g?rej/k");
});

test("the palette does what the page can do, and opens the keys", async ({ page, server }) => {
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/groups", { name: "nightly", schedule: { every_s: 3600 } });
  await page.goto(`/groups/${id}`);
  await expect(page.getByRole("button", { name: "Run now" })).toBeVisible();
  await page.keyboard.press("Control+k");
  const search = page.getByRole("dialog").getByLabel("Search pages and objects");
  await search.fill("keyb");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await search.fill("edit");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/groups/${id}/edit$`));
});

test("j and k go through a list, Enter opens, and a modifier or a switch keeps them quiet", async ({ page, server }) => {
  for (const name of ["crates", "shop", "yard"]) await server.api("POST", "/api/v1/databases", { name, engine: "sqlite", path: server.sqlite });
  await page.goto("/databases?sort=name");
  const link = (name: string) => page.getByRole("region", { name: "databases" }).getByRole("link", { name });
  await expect(link("yard")).toBeVisible();
  await page.keyboard.press("j");
  await expect(link("crates")).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(link("yard")).toBeFocused();
  await page.keyboard.press("k");
  await expect(link("shop")).toBeFocused();
  await page.keyboard.press("Alt+j");
  await expect(link("shop")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "shop", level: 1 })).toBeVisible();

  await page.keyboard.press("?");
  await page.getByRole("switch", { name: "Single keys" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("e");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog").getByLabel("Search pages and objects")).toBeFocused();
  await expect(page.getByRole("heading", { name: "shop", level: 1 })).toHaveCount(1);
  await expect(page).toHaveURL(/\/databases\/[^/]+$/);
});

test("a page whose part is gone says that Tributary was updated, and comes with the reload", async ({ page, expected }) => {
  expected.push(/net::ERR_FAILED .*\/assets\/RunsPage/, /dynamically imported module/);
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await page.route("**/assets/RunsPage*.js", (route) => route.abort());
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Runs" }).click();
  await expect(page.getByRole("heading", { name: "Tributary was updated", level: 1 })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await sound(page);
  await page.unroute("**/assets/RunsPage*.js");
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
});

test("an editor that cannot be loaded leaves what was typed beside it", async ({ page, server, expected }) => {
  expected.push(/net::ERR_FAILED .*\/assets\/Editor/, /dynamically imported module/);
  await server.api("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path: server.sqlite });
  await page.route("**/assets/Editor*.js", (route) => route.abort());
  await page.goto("/queries/new");
  await expect(page.getByRole("alert").filter({ hasText: "Reload to go on" })).toBeVisible();
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("orders");
  await expect(name).toHaveValue("orders");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Write a query");
});

test("who wants no motion sees none", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  const moving = () =>
    page.evaluate(() => {
      const seconds = (text: string) => Math.max(...text.split(",").map((one) => parseFloat(one)));
      return [...document.querySelectorAll("*")].filter((part) => {
        const { transitionDuration, animationDuration } = getComputedStyle(part);
        return seconds(transitionDuration) > 0 || seconds(animationDuration) > 0;
      }).length;
    });
  expect(await moving()).toBe(0);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect(await moving()).toBeGreaterThan(0);
});

test("r runs the series that is looked at", async ({ page, server }) => {
  const series = await seriesOf(server, "orders", SQL.succeeded);
  await page.goto(`/series/${series.id}`);
  await expect(page.getByRole("button", { name: "Run now" })).toHaveAttribute("aria-keyshortcuts", "r");
  await page.keyboard.press("r");
  await expect(page).toHaveURL(/run=/);
});
