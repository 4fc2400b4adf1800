import { Button, Grid, Group, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { type Finding, Refusal } from "../../api/client";
import { type Database, oneDatabase } from "../../api/databases";
import { useLadder } from "../../api/useLadder";
import { sentences } from "../../lib/format";
import { rungsOfDatabase } from "../../lib/rungs";
import { Conflict } from "../../ui/Conflict";
import { CopyAs } from "../../ui/CopyAs";
import { fieldOf, focusField, showDone, showRefusal } from "../../ui/form";
import { SaveLadder } from "../../ui/SaveLadder";
import { Unsaved } from "../../ui/Unsaved";
import { CHECK_DRAFT, createDatabase, databasesChanged, updateDatabase } from "./data";
import { DatabaseFields } from "./DatabaseFields";
import {
  blank, checkBody, FIELDS, filled, formField, isReachedOtherwise, missing, newBody, patchOf, recipesOf, type Values, valuesOf,
} from "./draft";
import { PasteDsn } from "./PasteDsn";

/** Adds a database, or changes `before`. The way to it is checked first. */
export function DatabaseForm({ before, onTheirs }: { before?: Database; onTheirs?: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm<Values>({ initialValues: before ? valuesOf(before) : blank(), validate: (values) => missing(values) });
  const ladder = useLadder();
  const saved = useRef(false);
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState(false);

  const leave = async (database: Database) => {
    saved.current = true;
    await databasesChanged(queries);
    showDone(before ? `Saved the database ${database.name}` : `Added the database ${database.name}`);
    await navigate({ to: "/databases/$database", params: { database: database.id } });
  };
  const put = async (values: Values, base: Database | undefined) => {
    setSaving(true);
    setConflict(false);
    try {
      await leave(base ? await updateDatabase(base, patchOf(values, base)) : await createDatabase(newBody(values)));
    } catch (error) {
      if (error instanceof Refusal && error.kind === "changed") setConflict(true);
      else refused(error);
    } finally {
      setSaving(false);
    }
  };
  const refused = (error: unknown) => {
    const named = error instanceof Refusal ? formField(fieldOf(error.field)) : undefined;
    if (error instanceof Refusal && named !== undefined && FIELDS.includes(named)) {
      form.setFieldError(named, sentences(error.message, error.advice));
      focusField(named);
    } else showRefusal(form, error, []);
  };
  const overwrite = async () => {
    if (!before) return;
    const { revision } = await queries.fetchQuery({ ...oneDatabase(before.id), staleTime: 0 });
    await put(form.values, { ...before, revision });
  };
  const save = async (values: Values) => {
    if (before && !isReachedOtherwise(patchOf(values, before))) {
      await put(values, before);
      return;
    }
    try {
      const { passed, findings } = (await ladder.climb("POST", CHECK_DRAFT, checkBody(values, before?.id))) as { passed: boolean; findings: Finding[] };
      if (passed) await put(values, before);
      else atItsField(findings);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) refused(error);
    }
  };
  const atItsField = (findings: Finding[]) => {
    const failed = findings.find(({ verdict }) => verdict === "failed");
    const field = formField(fieldOf(failed?.field));
    if (failed === undefined || field === undefined || !FIELDS.includes(field)) return;
    form.setFieldError(field, failed.detail);
    focusField(field);
  };
  const busy = ladder.running || saving;
  const hasKey = form.values.client_certificate.trim() !== "" && (Boolean(form.values.client_key) || before?.secrets.client_key?.set === true);
  const hasPassword = form.values.engine !== "sqlite" && (Boolean(form.values.password) || (form.values.password === undefined && before?.secrets.password?.set === true));
  return (
    <Grid gap="lg">
      <Unsaved isDirty={() => !saved.current && form.isDirty()} />
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <form
          noValidate
          aria-label={before ? "Edit database" : "Add database"}
          onSubmit={form.onSubmit(
            (values) => void save(values),
            (errors) => focusField(FIELDS.find((field) => errors[field]) ?? "name"),
          )}
        >
          <Stack>
            {!before && <PasteDsn onTaken={(dsn) => form.setValues(filled(form.values, dsn) as Partial<Values>)} />}
            <DatabaseFields form={form} before={before} />
            {conflict && before && <Conflict what={`the database ${before.name}`} onTheirs={() => onTheirs?.()} onMine={() => void overwrite()} />}
            <Group>
              <Button type="submit" loading={busy}>
                {before ? "Save" : "Add database"}
              </Button>
              <Button variant="default" renderRoot={(rest) => <Link {...(before ? { to: "/databases/$database", params: { database: before.id } } : { to: "/databases" })} {...rest} />}>
                Cancel
              </Button>
              <CopyAs recipes={recipesOf(form.values, hasPassword, hasKey)} />
            </Group>
          </Stack>
        </form>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <div className="beside">
          <SaveLadder
            {...ladder}
            planned={rungsOfDatabase(form.values.engine, form.values.host)}
            onCancel={ladder.reset}
            onSaveUnverified={() => void put(form.values, before)}
          />
        </div>
      </Grid.Col>
    </Grid>
  );
}
