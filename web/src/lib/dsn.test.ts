import { expect, test } from "vitest";
import { dsnOf } from "./dsn";

test("an address fills the fields that it names", () => {
  const table: [string, object | undefined][] = [
    ["postgres://anna:p%40ss%2Fword@db.example:5433/shop%20one?tls=require",
      { engine: "postgres", username: "anna", password: "p@ss/word", host: "db.example", port: 5433, database: "shop one", tls: "require" }],
    ["postgresql://anna@db/shop?sslmode=verify-full", { engine: "postgres", username: "anna", host: "db", database: "shop", tls: "verify" }],
    ["  'mariadb://anna@[::1]/shop' ", { engine: "mysql", username: "anna", host: "::1", database: "shop" }],
    ["mysql://root:a@b:c@10.0.0.7:3307/plant", { engine: "mysql", username: "root", password: "a@b:c", host: "10.0.0.7", port: 3307, database: "plant" }],
    ["postgres://anna@/shop?host=/var/run/postgresql", { engine: "postgres", username: "anna", host: "/var/run/postgresql", database: "shop" }],
    ["postgres://anna@%2Fvar%2Frun%2Fpostgresql/shop", { engine: "postgres", username: "anna", host: "/var/run/postgresql", database: "shop" }],
    ["jdbc:postgresql://db:5432/shop?user=anna&password=x", { engine: "postgres", host: "db", port: 5432, database: "shop", username: "anna", password: "x" }],
    ["postgresql+psycopg2://anna@db/shop", { engine: "postgres", username: "anna", host: "db", database: "shop" }],
    ["mysql://anna:50%off@db/shop", { engine: "mysql", username: "anna", password: "50%off", host: "db", database: "shop" }],
    ["sqlite:/var/lib/till/till.db", { engine: "sqlite", path: "/var/lib/till/till.db" }],
    ["sqlite:///var/lib/till.db?mode=ro", { engine: "sqlite", path: "/var/lib/till.db" }],
    ["sqlite:", undefined],
    ["https://db.example/shop", undefined],
    ["postgres:shop", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of table) {
    expect(dsnOf(text), text).toEqual(expected === undefined ? undefined : { ...expected, ignored: [] });
  }
});

test("what has no field is named, without its value", () => {
  expect(dsnOf("postgres://a@h/d?application_name=x&connect_timeout=3")?.ignored).toEqual(["application_name", "connect_timeout"]);
});
