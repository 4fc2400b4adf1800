import { expect, sound, test } from "./harness";

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
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "web shop", engine: "sqlite", path: "/srv/shop.db" });
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
