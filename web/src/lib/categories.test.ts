import { expect, test } from "vitest";
import { everyCategory, treeLines } from "./categories";

const queries = [
  { name: "b", category: "sales/daily" }, { name: "a", category: "sales / daily/" }, { name: "c", category: "sales" }, { name: "d" },
  { name: "e", category: "plant" },
];
const drawn = (closed: string[]) =>
  treeLines(queries, new Set(closed)).map((line) =>
    line.kind === "item" ? `${"  ".repeat(line.depth)}${line.item.name}` : `${"  ".repeat(line.depth)}${line.label} (${line.count})`,
  );

test("a category holds what is in it and below it", () => {
  expect(drawn([])).toEqual(["plant (1)", "  e", "sales (3)", "  daily (2)", "    a", "    b", "  c", "d"]);
});

test("a closed category shows what it counts and nothing else", () => {
  expect(drawn(["sales"])).toEqual(["plant (1)", "  e", "sales (3)", "d"]);
});

test("a field completes every level", () => {
  expect(everyCategory(queries)).toEqual(["plant", "sales", "sales/daily"]);
});
