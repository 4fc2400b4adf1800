// The health of connections: what became of their checks, as a strip that tells itself by form, by keyboard and in words.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, type Server, sound, test } from "./harness";

interface Made {
  id: string;
  name: string;
}

/** Nothing listens on port 9 of this machine. */
async function dead(server: Server, name: string): Promise<Made> {
  return server.api<Made>("POST", "/api/v1/connections?check=skip", { name, driver: "v1", url: "http://127.0.0.1:9", database: "shop" });
}

async function alive(server: Server, name: string): Promise<Made> {
  const folder = join(server.folder, "lines");
  await mkdir(folder, { recursive: true });
  return server.api<Made>("POST", "/api/v1/connections", { name, driver: "file", folder });
}

const check = (server: Server, { id }: Made) => server.api("POST", `/api/v1/connections/${id}/check`);
const stripOf = (page: Page, name: string) => page.getByRole("slider", { name: `Health of ${name}` });

test("a connection's page tells its checks in words, bar by bar with the keyboard, and lists what failed", async ({ page, server }) => {
  const plant = await alive(server, "plant");
  const change = (body: unknown) => server.api("PATCH", `/api/v1/connections/${plant.id}?check=skip`, body);
  await change({ folder: join(server.folder, "nowhere") });
  await check(server, plant);
  await check(server, plant);
  await change({ folder: join(server.folder, "lines") });
  await check(server, plant);

  await page.goto(`/connections/${plant.id}`);
  const strip = stripOf(page, "plant");
  await expect(strip).toHaveAttribute("aria-valuetext", /^2 of 4 checks passed, last failed .*TRB-/);
  await expect(strip.locator("[data-verdict]")).toHaveCount(4);
  expect(await strip.locator("[data-verdict]").evaluateAll((bars) => bars.map((bar) => bar.getAttribute("data-verdict")))).toEqual(["passed", "failed", "failed", "passed"]);
  const failures = page.getByRole("list", { name: "Failures" });
  await expect(failures.getByRole("listitem")).toHaveCount(1);
  await expect(failures.getByRole("listitem")).toContainText(/over.*TRB-.*2 checks, from/);

  await strip.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(strip).toHaveAttribute("aria-valuetext", /: passed, /);
  await page.keyboard.press("ArrowLeft");
  await expect(strip).toHaveAttribute("aria-valuetext", /: failed, .*TRB-/);
  await expect(page.getByRole("tooltip")).toContainText(/failed, .*TRB-/);
  await sound(page);
  await strip.focus();
  await page.keyboard.press("Home");
  await expect(strip).toHaveAttribute("aria-valuenow", "1");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("tooltip")).toHaveCount(0);

  await page.getByRole("button", { name: "Check now" }).click();
  await expect(strip).toHaveAttribute("aria-valuetext", /^3 of 5 checks passed/);
});

test("the list shows the health of the rows in sight, and asks for them together", async ({ page, server }) => {
  const names = Array.from({ length: 150 }, (_, index) => `connection ${String(index).padStart(3, "0")}`);
  for (const name of names) await dead(server, name);
  const [first] = (await server.api<{ items: Made[] }>("GET", "/api/v1/connections")).items;
  if (!first) throw new Error("there are none");
  await check(server, first);
  const asked: number[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === "/api/v1/check-outcomes") asked.push(url.searchParams.getAll("connection").length);
  });
  await page.goto("/connections");
  await expect(stripOf(page, "connection 000")).toHaveAttribute("aria-valuetext", /^0 of 1 check passed, last failed .*TRB-TCP-001/);
  const row = page.getByRole("row").filter({ hasText: "connection 001" });
  await expect(row).toContainText("Not checked yet");
  const drawn = await page.getByRole("row").count();
  expect(Math.max(...asked), "only rows in sight").toBeLessThanOrEqual(drawn);
  expect(asked.length, "together, not row by row").toBeLessThan(drawn / 3);
  await sound(page);
});

test.describe("checks that nobody asked for", () => {
  test.use({ serve: ["--check-every", "10s"] });

  test("move the state and the strip while the page is looked at", async ({ page, server }) => {
    const [plant] = [await dead(server, "plant"), ...(await Promise.all(Array.from({ length: 9 }, (_, index) => dead(server, `other ${index}`))))];
    // The first comes a share of the interval after the start.
    await server.end();
    await server.begin();
    await page.goto(`/connections/${plant.id}`);
    await expect(page.getByText("Failing").first()).toBeVisible({ timeout: 15_000 });
    // How many there are by now depends on how long the page took.
    await expect(stripOf(page, "plant")).toHaveAttribute("aria-valuetext", /^0 of \d+ checks? passed, last failed .*TRB-TCP-001/, { timeout: 15_000 });
    const { items } = await server.api<{ items: { asked_by: string }[] }>("GET", `/api/v1/connections/${plant.id}/checks`);
    expect(items.map(({ asked_by }) => asked_by)).toContain("server");
  });
});
