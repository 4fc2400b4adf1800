// A connection that does not take points: what waits for it is told everywhere, and goes when it does again.

import { expect, type Server, sound, test } from "./harness";
import { influx1 } from "./harness/influx1";
import { seriesOf, SQL } from "./harness/trouble";

async function waits(server: Server, url: string): Promise<{ connection: string; run: string }> {
  const series = await seriesOf(server, "orders", SQL.succeeded);
  const connection = await server.api<{ id: string }>("POST", "/api/v1/connections?check=skip", { name: "plant", driver: "v1", url, database: "plant", gzip: "off" });
  await server.api("PATCH", `/api/v1/series/${series.id}`, { connection_id: connection.id });
  const run = await server.api<{ id: string }>("POST", `/api/v1/series/${series.id}/run`, {});
  const held = async () => (await server.api<{ items: unknown[] }>("GET", "/api/v1/holds")).items.length;
  await expect.poll(held, { message: "connections on hold", timeout: 40_000 }).toBe(1);
  return { connection: connection.id, run: run.id };
}

test("a connection on hold says since when, why and what waits, is tried by hand, and what waited is written", async ({ page, server }) => {
  test.setTimeout(120_000);
  const { url, become, taken, stop } = await influx1("away");
  try {
    const { connection, run } = await waits(server, url);
    await page.goto("/");
    const needs = page.getByRole("region", { name: "What needs you" });
    await expect(needs).toContainText("on hold");
    await expect(needs).toContainText("1 run waits for it");
    await sound(page);
    await page.goto("/connections");
    await expect(page.getByRole("row", { name: /plant/ })).toContainText("On hold");
    await page.goto(`/runs/${run}`);
    await expect(page.getByText("frozen", { exact: true })).toBeVisible();
    await expect(page.getByRole("alert").filter({ hasText: "What it waits for" })).toBeVisible();
    await sound(page);
    await page.goto("/settings");
    await expect(page.getByRole("region", { name: "Frozen lines" })).toContainText("by 1 run of this organization");

    await page.goto(`/connections/${connection}`);
    const note = page.getByRole("alert").filter({ hasText: "On hold since" });
    await expect(note).toContainText("1 run waits for it");
    await sound(page);
    become(undefined);
    await note.getByRole("button", { name: "Try now" }).click();
    // The page follows: the hold is over as soon as a point was taken.
    await expect(note).toHaveCount(0, { timeout: 20_000 });
    expect(taken).toEqual([expect.stringContaining("orders,country=AT orders=2i")]);
    await expect.poll(async () => (await server.api<{ status: string }>("GET", `/api/v1/runs/${run}`)).status).toBe("succeeded");
  } finally {
    await stop();
  }
});
