// Settings: organizations and which is shown, appearance, and what runs here.

import { expect, sound, test } from "./harness";

test("an organization is created, shown in place of the other, and what was half-filled is gone", async ({ page, server }) => {
  await server.api("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path: server.sqlite });
  await page.goto("/settings");
  await expect(page.getByRole("button", { name: /Switch organization/ })).toHaveCount(0);
  await sound(page);
  const form = page.getByRole("form", { name: "New organization" });
  await form.getByRole("button", { name: "Create organization" }).click();
  await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
  await expect(form.getByText("Give it a name")).toBeVisible();
  await form.getByRole("textbox", { name: "Name" }).fill("default");
  await page.keyboard.press("Enter");
  await expect(form.getByText(/There is already an organization named/)).toBeVisible();
  await form.getByRole("textbox", { name: "Name" }).fill("plant");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row", { name: /^plant/ })).toBeVisible();

  // A form that is half filled in asks first.
  await page.goto("/connections/new");
  const name = page.getByRole("textbox", { name: "Name", exact: true });
  await name.fill("half");
  const switcher = page.getByRole("button", { name: "Switch organization, default is shown" });
  await switcher.click();
  await page.getByRole("menuitem", { name: "plant" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("button", { name: "Switch organization, plant is shown" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Welcome to Tributary" })).toBeVisible();
  await expect(page).toHaveURL(/\/$/);
  await page.goto("/connections/new");
  await expect(name).not.toHaveValue("half");
  await page.goto("/databases");
  await expect(page.getByText("shop", { exact: true })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("button", { name: "Switch organization, plant is shown" })).toBeVisible();

  await page.goto("/settings");
  await sound(page);
  await page.getByRole("button", { name: "Show default" }).click();
  await page.goto("/databases");
  await expect(page.getByText("shop", { exact: true }).first()).toBeVisible();
});

test("an organization that this browser remembers and that is gone gives way to the default one", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Welcome to Tributary" })).toBeVisible();
  await page.evaluate(() => localStorage.setItem("tributary-organization", "01a1fd16-e27e-7e6e-9e12-99a4e9f05292"));
  await page.goto("/databases");
  await expect(page.getByRole("heading", { name: "Welcome to Tributary" })).toBeVisible();
});

test("what waits to be deleted goes from the organization that is left", async ({ page, server }) => {
  await server.api("POST", "/api/v1/organizations", { name: "plant" });
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path: server.sqlite });
  await page.goto(`/databases/${id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  await page.getByRole("button", { name: /Switch organization/ }).click();
  await page.getByRole("menuitem", { name: "plant" }).click();
  await expect(page.getByRole("button", { name: "Switch organization, plant is shown" })).toBeVisible();
  expect((await server.api<{ items: unknown[] }>("GET", "/api/v1/databases")).items).toEqual([]);
});

test("the appearance is chosen and stays, and the version is told", async ({ page, server }) => {
  await page.goto("/settings");
  await page.getByRole("radio", { name: "Dark" }).check();
  const root = page.locator("html");
  await expect(root).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.reload();
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
  await expect(root).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.getByRole("radio", { name: "System" }).check();
  await page.emulateMedia({ colorScheme: "light" });
  await expect(root).toHaveAttribute("data-mantine-color-scheme", "light");
  const { version } = await server.api<{ version: string }>("GET", "/version");
  await expect(page.getByRole("region", { name: "About" })).toContainText(version);
  await expect(page.getByRole("link", { name: "the API's description" })).toHaveAttribute("href", "/api/v1/openapi.json");
});
