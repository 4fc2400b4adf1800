import { expect, test } from "vitest";
import { command, curl, quoted, Variable } from "./recipes";

test("a secret is a variable that the shell fills in", () => {
  expect(curl("POST", "/databases", { name: "it's", secrets: { password: new Variable("PASSWORD") } })).toBe(
    `curl -s ${location.origin}/api/v1/databases -H 'Content-Type: application/json' -d '{
  "name": "it'\\''s",
  "secrets": {
    "password": "'"$PASSWORD"'"
  }
}'`,
  );
});

test("a command has only the options that say something", () => {
  expect(command(["database", "create", "my shop"], [["path", "/a b"], ["port", undefined], ["notes", ""]])).toBe(
    "tributary database create 'my shop' --path '/a b'",
  );
  expect(command(["database", "create", "shop"], [["host", "h"], ["database", "d"], ["username", "u"]], "P=$X ")).toBe(
    "P=$X tributary database create shop \\\n  --host h \\\n  --database d \\\n  --username u",
  );
});

test("a word is quoted when a shell would read it otherwise", () => {
  expect([quoted("shop-1"), quoted("$HOME"), quoted("it's"), quoted("")]).toEqual(["shop-1", "'$HOME'", `'it'\\''s'`, "''"]);
});
