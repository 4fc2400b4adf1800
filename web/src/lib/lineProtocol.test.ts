import { expect, test } from "vitest";
import { crowd, identityOf, tokens } from "./lineProtocol";

const read = (line: string) => tokens(line).map(({ kind, text }) => `${kind}:${text}`);

test("a line is taken apart", () => {
  expect(read('orders,country=DE,shop=a count=7i,total=1.5,note="hi" 1795245856000000000')).toEqual([
    "measurement:orders", "mark:,", "tagKey:country", "mark:=", "tagValue:DE", "mark:,", "tagKey:shop", "mark:=", "tagValue:a", "mark: ",
    "fieldKey:count", "mark:=", "fieldValue:7i", "mark:,", "fieldKey:total", "mark:=", "fieldValue:1.5", "mark:,", "fieldKey:note", "mark:=",
    'fieldValue:"hi"', "mark: ", "time:1795245856000000000",
  ]);
});

test("what is escaped stands out", () => {
  expect(read("a\\ b,product=coffee\\,\\ 1\\ kg stock=1i 5")).toEqual([
    "measurement:a", "escape:\\ ", "measurement:b", "mark:,", "tagKey:product", "mark:=", "tagValue:coffee", "escape:\\,", "escape:\\ ", "tagValue:1",
    "escape:\\ ", "tagValue:kg", "mark: ", "fieldKey:stock", "mark:=", "fieldValue:1i", "mark: ", "time:5",
  ]);
});

test("a text keeps its commas, spaces, line breaks and escaped quotes", () => {
  const line = 'm text="a, b=\\"c\\" \\\\\nd",n=1i 7';
  expect(read(line)).toEqual([
    "measurement:m", "mark: ", "fieldKey:text", "mark:=", 'fieldValue:"a, b=', 'escape:\\"', "fieldValue:c", 'escape:\\"', "fieldValue: ",
    "escape:\\\\", 'fieldValue:\nd"', "mark:,", "fieldKey:n", "mark:=", "fieldValue:1i", "mark: ", "time:7",
  ]);
  expect(tokens(line).map(({ text }) => text).join("")).toBe(line);
});

test("a backslash before an ordinary letter is itself", () => {
  expect(identityOf("m,path=C:\\dir v=1 9")).toEqual({ series: "m,path=C:\\dir", time: "9" });
});

test("lines that agree in measurement, tags and time are one point", () => {
  const lines = ["m,a=1 v=1 5", null, "m,a=2 v=1 5", "m,a=1 v=9,w=2 5", "m,a=1 v=1 6", "m,a=1 v=3 5"];
  const { points, series, twins } = crowd(lines);
  expect([points, series, [...twins]]).toEqual([3, 2, [[3, 0], [5, 0]]]);
});
