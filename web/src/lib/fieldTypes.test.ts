import { expect, test } from "vitest";
import { cast, fieldTypes, typeConflicts } from "./fieldTypes";

const plain = (lines: (string | null)[]) => Object.fromEntries([...fieldTypes(lines)].map(([name, types]) => [name, [...types]]));

test("the types of fields are read from lines, whatever their names and texts hold", () => {
  expect(plain(['m,t=a\\ b n=1i,u=2u,f=1.5,b=t,s="x, y=1i \\" z" 1', null])).toEqual({
    n: ["integer"], u: ["unsigned"], f: ["float"], b: ["boolean"], s: ["text"],
  });
  expect(plain(["m my\\ field=1i", "m my\\ field=2"])).toEqual({ "my field": ["integer", "float"] });
});

test("a field that is there with another type is a conflict, an unknown one is not", () => {
  const ours = fieldTypes(['m n=1i,f=1,s="x",fresh=2i']);
  expect(typeConflicts(ours, [{ name: "n", type: "float" }, { name: "f", type: "float" }, { name: "s", type: null }])).toEqual([{ field: "n", ours: "integer", theirs: "float" }]);
  // A field of several types is refused or not by its shard: nobody knows.
  expect(typeConflicts(ours, [{ name: "n", type: "float" }, { name: "n", type: "text" }])).toEqual([]);
  expect(typeConflicts(ours, [])).toEqual([]);
});

test("a cast is in the words of its database, and quotes what must be quoted", () => {
  expect(cast("pieces", "float", "postgres")).toBe("CAST(pieces AS double precision) AS pieces");
  expect(cast("the Sum", "integer", "mysql")).toBe("CAST(`the Sum` AS signed) AS `the Sum`");
  expect(cast('a"b', "text", "sqlite")).toBe('CAST("a""b" AS text) AS "a""b"');
  expect(cast("paid", "boolean", "mysql")).toBeUndefined();
});
