import { expect, test } from "vitest";
import { blank } from "./draft";
import { proposedName } from "./proposal";

test("a name says where it is and what is written to", () => {
  expect(proposedName(blank(), [])).toBe("localhost telegraf");
  expect(proposedName({ ...blank(), driver: "v2", url: "https://eu.example.com:8086/sub", bucket: "orders" }, [])).toBe("eu.example.com orders");
  expect(proposedName({ ...blank(), driver: "v2", bucket: "" }, [])).toBe("localhost");
  expect(proposedName({ ...blank(), driver: "file", folder: "/var/lib/lines/" }, [])).toBe("lines");
  expect(proposedName({ ...blank(), driver: "file", folder: "" }, [])).toBe("");
  expect(proposedName({ ...blank(), url: "http:", database: "shop" }, [])).toBe("shop");
});

test("a name that is taken gets a number that is free", () => {
  expect(proposedName(blank(), ["Localhost Telegraf", "localhost telegraf 3"])).toBe("localhost telegraf 2");
});
