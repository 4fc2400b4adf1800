// Rejects over all runs: found, sent again, let go, taken along.

import { readFile } from "node:fs/promises";
import { expect, type Server, sound, test } from "./harness";
import { type Influx1, influx1 } from "./harness/influx1";
import { sqliteFile } from "./harness/shop";
import { ran } from "./harness/trouble";

interface Made {
  id: string;
}

/** Three rows: one that InfluxDB takes, one that it refuses until its mood is another, one whose time is none. */
async function refused(server: Server): Promise<{ influx: Influx1; run: Made }> {
  const path = await sqliteFile(server, `
    CREATE TABLE sales (product TEXT, sold TEXT, pieces INTEGER);
    INSERT INTO sales VALUES ('tea', '2026-11-20 08:00:00', 1), ('cup', '2026-11-20 08:00:00', 2), ('pot', 'soon', 3);
  `);
  const influx = await influx1(/product=cup/);
  const database = await server.api<Made>("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path });
  const query = await server.api<Made>("POST", "/api/v1/queries", { name: "sales", database_id: database.id, sql: "SELECT product, sold, pieces FROM sales" });
  const connection = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", url: influx.url, database: "plant", gzip: "off" });
  const series = await server.api<Made>("POST", "/api/v1/series", {
    name: "sales", query_id: query.id, connection_id: connection.id, mode: { mode: "snapshot" },
    mapping: { measurement: { name: "sales" }, tags: ["product"], time: { column: "sold" } },
  });
  return { influx, run: await ran(server, series) };
}

test("nothing was rejected is told before anything was", async ({ page }) => {
  await page.goto("/rejects");
  await expect(page.getByRole("heading", { name: "Nothing was rejected" })).toBeVisible();
  await sound(page);
});

test("rejects are counted in the navigation, narrowed, sent again when InfluxDB takes them, and the rest is let go and brought back", async ({ page, server }) => {
  const { influx } = await refused(server);
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /Rejects/ })).toContainText("2");
  await expect(page.getByRole("region", { name: "What needs you" })).toContainText("2 rows are kept that could not be written.");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /Rejects/ }).click();
  const table = page.getByRole("region", { name: "Rejects" });
  await expect(table.getByRole("row")).toHaveCount(3);
  await expect(table.getByRole("row", { name: /cup/ })).toContainText("Field type conflict");
  await expect(table.getByRole("row", { name: /pot/ })).toContainText("never became a line");
  await sound(page);

  await page.getByRole("combobox", { name: "Series" }).click();
  await page.getByRole("option", { name: "sales (2)" }).click();
  await expect(page).toHaveURL(/series=/);
  await page.getByRole("checkbox", { name: "Row 2 of sales" }).check();
  await expect(page.getByText("1 selected")).toBeVisible();
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText("1 line refused again, with the reason of now")).toBeVisible();
  influx.become(undefined);
  await page.getByRole("checkbox", { name: "Row 2 of sales" }).check();
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText("1 line written")).toBeVisible();
  await expect(table.getByRole("row")).toHaveCount(2);
  // What is sent twice is the same point.
  expect(new Set(influx.taken.map((line) => line.split(" ")[0]))).toEqual(new Set(["sales,product=cup", "sales,product=tea"]));

  // What never became a line cannot be sent: it stays.
  await page.getByRole("checkbox", { name: "Row 3 of sales" }).check();
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText("1 row never became a line", { exact: false })).toBeVisible();
  await page.getByRole("checkbox", { name: "Row 3 of sales" }).check();
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  await expect(page.getByRole("heading", { name: "None are kept of it" })).toBeVisible();
  await sound(page);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(table.getByRole("row")).toHaveCount(2);

  // All of a series at once is asked for.
  await page.getByRole("button", { name: "Discard all of the series" }).click();
  const dialog = page.getByRole("dialog", { name: "Discard all of the series" });
  await expect(dialog).toContainText("cannot be undone");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await sound(page);
  await dialog.getByRole("button", { name: "Discard them" }).click();
  await expect(page.getByRole("heading", { name: "None are kept of it" })).toBeVisible();
  await influx.stop();
});

test("a run leads to its rejects, which are taken along as a file", async ({ page, server }) => {
  const { run, influx } = await refused(server);
  await page.goto(`/runs/${run.id}`);
  await page.getByRole("link", { name: "Send again, discard or export" }).click();
  await expect(page.getByText("the run of sales for", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Export" }).click();
  const begun = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "CSV table" }).click();
  const file = await begun;
  expect(file.suggestedFilename()).toBe("rejects.csv");
  const text = await readFile(await file.path(), "utf8");
  expect(text.split("\r\n")[0]).toBe("run_id,series,row,reason,line,values");
  expect(text).toContain("pot");
  await sound(page);
  await influx.stop();
});
