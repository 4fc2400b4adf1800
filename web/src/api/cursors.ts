// Where the cursors of series that read only new rows stand.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Cursor = Schemas["Cursor"];
export type CursorChange = Schemas["CursorChange"];
export type Position = Schemas["Position"];

/** The cursor of one series. */
export const cursorOf = (series: string) =>
  queryOptions({
    queryKey: ["cursors", series],
    queryFn: ({ signal }) => body(api.GET("/api/v1/series/{series}/cursor", { params: { path: { series } }, signal })),
  });

/** Keeps it, forgets it, or sets it to a row. */
export function moveCursor(series: string, change: CursorChange): Promise<Cursor> {
  return body(api.PUT("/api/v1/series/{series}/cursor", { params: { path: { series } }, body: change }));
}

/** A place as people read it: the cursor's value, then those of the key. */
export function placeWords({ cursor, key }: Position): string {
  return key.length === 0 ? cursor.text : `${cursor.text} (key ${key.map(({ text }) => text).join(", ")})`;
}
