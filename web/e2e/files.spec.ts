// Files: what was loaded from where, and what is broken in which line; the page follows the folder.

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, sound, test } from "./harness";

test("a broken file is listed with its line, and is loaded when it is mended", async ({ page, server }) => {
  const folder = join(server.folder, "canned");
  await page.goto("/files");
  await expect(page.getByRole("heading", { name: "No file defines anything" })).toBeVisible();
  await expect(page.getByText(`tributary serve --resources-path ${folder}`)).toBeVisible();
  await sound(page);

  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "plant.src"), '{\n  "id": "10001",\n  "name": "plant",\n  "url": "ftp://plant"\n}\n');
  await writeFile(join(folder, "shop.src"), '{ "id": "10000", "name": "shop", "url": "http://localhost:8086", "role": "viewer" }\n');
  const broken = page.getByRole("region", { name: "Broken" }).getByRole("listitem", { name: "plant.src" });
  await expect(broken).toContainText("line 4, field url");
  await expect(broken).toContainText("Must begin with http:// or https://");
  const loaded = page.getByRole("region", { name: "Loaded" });
  await expect(loaded.getByRole("listitem", { name: "shop.src" })).toContainText("roles are not taken from files");
  await sound(page);

  await writeFile(join(folder, "plant.src"), '{\n  "id": "10001",\n  "name": "plant",\n  "url": "http://plant:8086"\n}\n');
  await expect(loaded.getByRole("listitem", { name: "plant.src" })).toContainText("loaded");
  await expect(page.getByRole("region", { name: "Broken" })).toHaveCount(0);

  // Broken again, it stays as it was.
  await writeFile(join(folder, "plant.src"), "{\n");
  const kept = page.getByRole("listitem", { name: "plant.src" });
  await expect(kept).toContainText("broken, as it was before");
  await expect(kept).toContainText("What the file said last is in force");
  await rm(join(folder, "plant.src"));
  await expect(kept).toHaveCount(0);

  await page.getByRole("listitem", { name: "shop.src" }).getByRole("link", { name: "shop" }).click();
  await expect(page.getByRole("heading", { name: "shop", level: 1, exact: true })).toBeVisible();
});

test("an organization and a Kapacitor of files are named with what they are", async ({ page, server }) => {
  const folder = join(server.folder, "canned");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "plant.org"), '{ "id": "plant", "name": "Plant" }\n');
  await writeFile(join(folder, "plant.src"), '{ "id": "1", "name": "kiln", "url": "http://localhost:8086", "organization": "plant" }\n');
  await writeFile(join(folder, "alerts.kap"), '{ "id": "2", "srcID": "1", "name": "alerts", "url": "http://localhost:9092", "organization": "plant" }\n');
  await page.goto("/files");
  await expect(page.getByRole("listitem", { name: "plant.org" })).toContainText("OrganizationPlant");
  await expect(page.getByRole("listitem", { name: "plant.src" })).toContainText("kilnin another organization");
  await expect(page.getByRole("listitem", { name: "alerts.kap" })).toContainText("alertsin another organization");
  await sound(page);
});
