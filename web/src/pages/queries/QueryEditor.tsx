import { Autocomplete, Button, Grid, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useHotkeys, useMediaQuery } from "@mantine/hooks";
import { IconPlayerPlay, IconPlayerStop, IconTable } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { Refusal } from "../../api/client";
import { type Database, dialectOf } from "../../api/databases";
import { oneQuery, type Query, queryList } from "../../api/queries";
import { everyCategory } from "../../lib/categories";
import { type Parameter, rememberedValues, rememberValues } from "../../lib/parameters";
import { placeIn } from "../../lib/place";
import { selectFrom, type Table, type TableColumn } from "../../lib/tables";
import { CodeEditor, type CodeHandle } from "../../ui/CodeEditor";
import { Conflict } from "../../ui/Conflict";
import { CopyAs } from "../../ui/CopyAs";
import { focusField, showDone, showRefusal } from "../../ui/form";
import { Unsaved } from "../../ui/Unsaved";
import { createQuery, describe, queriesChanged, tryQuery, updateQuery } from "./data";
import {
  blank, boundIn, formField, missing, NO_TIMES, parametersOf, patchOf, recipesOf, specOf, trialOf, type Values, valuesOf,
} from "./draft";
import { ParameterFields } from "./ParameterFields";
import { Results } from "./Results";
import { StartWithTable, TablesPart } from "./TablesPart";
import { useTables } from "./useTables";
import { useTrial } from "./useTrial";

const LIMITS = ["20", "100", "1000"];

interface Props {
  databases: Database[];
  /** The query as it stands; without one, a new one is written. */
  before?: Query;
  /** The database that a new one begins with. */
  database?: string | undefined;
  /** The table that a new one begins with, as it is written. */
  table?: string | undefined;
  onTheirs?: () => void;
  /** Beside the buttons that save and copy; `leave` lets the page go without asking about changes. */
  actions?: (leave: () => void) => ReactNode;
}

/** Writes a query, tries it, and saves it. */
export function QueryEditor({ databases, before, database, table, onTheirs, actions }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: others } = useQuery(queryList);
  const [base, setBase] = useState(before);
  const begin = databases.find(({ id }) => id === database) ?? databases[0];
  const form = useForm<Values>({ initialValues: before ? valuesOf(before) : blank(begin?.id ?? "") });
  const { values } = form;
  const on = databases.find(({ id }) => id === values.database_id);
  const dialect = on === undefined ? "postgres" : dialectOf(on);
  const shelf = base?.id ?? "new";
  const [given, setGiven] = useState(() => rememberedValues(shelf));
  const [times, setTimes] = useState(NO_TIMES);
  const [limit, setLimit] = useState("100");
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState(false);
  /** The refusal that stands at its field: it is not told a second time below. */
  const [placed, setPlaced] = useState<unknown>();
  const left = useRef(false);
  const trial = useTrial();
  const code = useRef<CodeHandle>(null);
  /** What was taken before the editor was loaded. */
  const early = useRef<string>(undefined);
  const here = useCallback((editor: CodeHandle | null) => {
    code.current = editor;
    if (editor && early.current !== undefined) editor.replace(early.current);
    early.current = undefined;
  }, []);
  const isBeside = useMediaQuery("(min-width: 62em)", true);
  const [isUnfolded, setUnfolded] = useState(false);
  const [isTyping, setTyping] = useState(false);
  const isBlank = values.sql.trim() === "";
  const tables = useTables(on, isBeside || isUnfolded || isTyping || isBlank);
  const write = (sql: string) => {
    if (code.current) return code.current.replace(sql);
    early.current = sql;
    form.setFieldValue("sql", sql);
  };
  const takeTable = (one: Table) => {
    if (isBlank) write(selectFrom(one));
    else code.current?.insert(one.sql, "table");
  };
  const takeColumn = (one: TableColumn, of: Table) => {
    if (isBlank) write(`SELECT ${one.sql}\nFROM ${of.sql}`);
    else code.current?.insert(one.sql, "column");
  };
  // Once, when the tables are known: whoever deletes the text wants another.
  const begins = useRef(table);
  const { initialize } = form;
  useEffect(() => {
    const first = tables.all.find(({ sql }) => sql === begins.current);
    if (first === undefined) return;
    begins.current = undefined;
    // It is not yet anybody's work: the page is left without a question.
    if (isBlank) initialize({ ...values, sql: selectFrom(first) });
  }, [tables.all]);
  const shown = parametersOf(values, dialect, base);
  const bound = boundIn(values.sql, dialect);

  const mark = (errors: Record<string, string>) => {
    form.setErrors(errors);
    const [first] = Object.keys(errors);
    if (first !== undefined) focusField(first);
  };
  /** Shows what was refused where it belongs; gives whether it had a place. */
  const refused = (error: unknown): boolean => {
    if (!(error instanceof Refusal)) return false;
    const named = formField(error.field, shown) ?? (placeIn(error.message) ? "sql" : undefined);
    if (named === undefined) return false;
    setPlaced(error);
    // Where the database itself says what is wrong, its words are enough.
    const advice = error.kind === "sql_invalid" || error.advice === "" ? "" : `: ${error.advice}`;
    mark({ [named]: `${error.message}${advice}` });
    return true;
  };
  const attempt = async () => {
    form.clearErrors();
    const asked = trialOf(values, shown, given, times, Number(limit));
    if ("errors" in asked) {
      mark(asked.errors);
      return;
    }
    rememberValues(shelf, asked.values);
    refused(await trial.run((signal) => tryQuery(asked.body, signal)));
  };
  const look = async () => {
    form.clearErrors();
    const asked = trialOf(values, shown, given, times, 1);
    if ("errors" in asked) {
      mark(asked.errors);
      return;
    }
    const { sql, parameters } = specOf(values, shown.filter(({ used }) => used));
    refused(await trial.run((signal) => describe(values.database_id, { sql, parameters, values: asked.values }, signal)));
  };
  const put = async (ground: Query | undefined) => {
    setSaving(true);
    setConflict(false);
    try {
      const patch = ground && patchOf(values, shown, base ?? ground);
      const saved = ground ? await updateQuery(ground, patch ?? {}) : await createQuery({ name: values.name.trim(), ...specOf(values, shown) });
      rememberValues(saved.id, given);
      await queriesChanged(queries);
      showDone(`Saved the query ${saved.name}`);
      if (ground === undefined) {
        left.current = true;
        rememberValues("new", {});
        await navigate({ to: "/queries/$query", params: { query: saved.id } });
      } else {
        setBase(saved);
        form.setValues(valuesOf(saved));
        form.resetDirty(valuesOf(saved));
      }
    } catch (error) {
      if (error instanceof Refusal && error.kind === "changed") setConflict(true);
      else if (!refused(error)) showRefusal(form, error, []);
    } finally {
      setSaving(false);
    }
  };
  const save = async () => {
    form.clearErrors();
    const errors = missing(values, shown);
    if (Object.keys(errors).length > 0) mark(errors);
    else await put(base);
  };
  const overwrite = async () => {
    if (!base) return;
    const { revision } = await queries.fetchQuery({ ...oneQuery(base.id), staleTime: 0 });
    await put({ ...base, revision });
  };
  // The editor itself runs on Ctrl+Enter; it knows nothing of saving.
  useHotkeys([["mod+Enter", () => void attempt()]], []);
  useHotkeys([["mod+S", () => void save()]], [], true);
  const declare = (parameter: Parameter) => {
    form.setFieldValue("parameters", [...values.parameters.filter(({ name }) => name !== parameter.name), parameter]);
  };
  const sqlError = typeof form.errors.sql === "string" ? form.errors.sql : undefined;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Unsaved isDirty={() => !left.current && form.isDirty()} />
      <Stack>
        <Grid>
          <Grid.Col span={{ base: 12, sm: 5 }}>
            <TextInput label="Name" required maxLength={190} {...form.getInputProps("name")} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, xs: 6, sm: 4 }}>
            <Autocomplete
              label="Category"
              placeholder="sales/daily"
              data={everyCategory(others ?? [])}
              {...form.getInputProps("category")}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, xs: 6, sm: 3 }}>
            <NativeSelect
              label="Database"
              required
              data={databases.map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps("database_id")}
            />
          </Grid.Col>
        </Grid>
        <Grid>
          <Grid.Col span={{ base: 12, md: 4, lg: 3 }}>
            <TablesPart
              tables={tables}
              database={on?.name ?? ""}
              isBeside={isBeside}
              isOpen={isUnfolded}
              onOpen={setUnfolded}
              onTable={takeTable}
              onColumn={takeColumn}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 8, lg: 9 }}>
            <Stack>
              {isBlank && <StartWithTable tables={tables.all} onTable={takeTable} onAll={isBeside ? undefined : () => setUnfolded(true)} />}
              <CodeEditor
                label="SQL"
                description={<Hint />}
                language={dialect}
                value={values.sql}
                onChange={(sql) => {
                  setTyping(true);
                  form.setFieldValue("sql", sql);
                }}
                tables={tables.all}
                handle={here}
                onRun={() => void attempt()}
                error={sqlError}
                path="sql"
                placeholder="SELECT country, count(*) AS orders FROM orders WHERE created >= :window_start AND created < :window_end GROUP BY country"
                minLines={10}
              />
              <ParameterFields
                shown={shown}
                bound={bound}
                given={given}
                times={times}
                errors={form.errors}
                onDeclare={declare}
                onForget={(name) => form.setFieldValue("parameters", values.parameters.filter((one) => one.name !== name))}
                onGive={(name, value) => setGiven((now) => ({ ...now, [name]: value }))}
                onTimes={setTimes}
              />
              {conflict && base && <Conflict what={`the query ${base.name}`} onTheirs={() => onTheirs?.()} onMine={() => void overwrite()} />}
              <Group gap="xs">
                <Button
                  variant="light"
                  leftSection={<IconPlayerPlay size={16} aria-hidden />}
                  onClick={() => void attempt()}
                  loading={trial.running}
                  aria-keyshortcuts="Control+Enter"
                >
                  Try
                </Button>
                {trial.running && (
                  <Button variant="default" leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={trial.stop}>
                    Stop
                  </Button>
                )}
                <NativeSelect
                  aria-label="Most rows"
                  value={limit}
                  data={LIMITS.map((value) => ({ value, label: `${value} rows` }))}
                  onChange={(event) => setLimit(event.currentTarget.value)}
                  w={120}
                />
                <Button variant="default" leftSection={<IconTable size={16} aria-hidden />} onClick={() => void look()} disabled={trial.running}>
                  Columns
                </Button>
                <Group gap="xs" ml="auto">
                  <CopyAs recipes={recipesOf(values, shown, on?.name)} />
                  {actions?.(() => (left.current = true))}
                  <Button type="submit" loading={saving} aria-keyshortcuts="Control+S">
                    Save
                  </Button>
                </Group>
              </Group>
            </Stack>
          </Grid.Col>
        </Grid>
        <Results outcome={trial.outcome} error={trial.error === placed ? undefined : trial.error} running={trial.running} />
      </Stack>
    </form>
  );
}

function Hint() {
  return (
    <>
      One SELECT; it runs read-only. <span className="mono">:name</span> is a placeholder; each run binds <span className="mono">:window_start</span>,{" "}
      <span className="mono">:window_end</span> and <span className="mono">:slot</span> by itself.
    </>
  );
}
