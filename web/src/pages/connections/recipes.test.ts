import { expect, test } from "vitest";
import { blank } from "./draft";
import { recipesOf } from "./recipes";

const shop = { ...blank(), name: "My shop", username: "writer", password: "s3cret-p", retention_policy: "two_weeks" };

test("no recipe holds a secret, and each names the variable that does", () => {
  for (const { label, text } of recipesOf({ ...shop, shared_secret: "s3cret-s" })) {
    expect(text, label).not.toContain("s3cret");
    expect(text, label).toContain("INFLUX_PASSWORD");
  }
});

test("a command says only what is not usual", () => {
  expect(recipesOf(shop)[1]?.text).toBe(
    `TRIBUTARY_CONNECTION_SECRET="$INFLUX_PASSWORD" tributary connection create 'My shop' \\
  --driver v1 \\
  --url http://localhost:8086 \\
  --database telegraf \\
  --username writer \\
  --retention-policy two_weeks --default`,
  );
});

test("a file is one that Chronograf's folder takes", () => {
  expect(JSON.parse(recipesOf(shop)[2]?.text ?? "")).toEqual({
    id: "10000", name: "My shop", url: "http://localhost:8086", insecureSkipVerify: false, default: true, telegraf: "telegraf", type: "influx",
    username: "writer", password: "{{ .INFLUX_PASSWORD }}", defaultRP: "two_weeks",
  });
});

test("a folder has no such file", () => {
  expect(recipesOf({ ...blank(), driver: "file", folder: "/var/lib/lines" }).map(({ label }) => label)).toEqual(["curl", "Command line"]);
});
