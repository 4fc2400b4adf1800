import { Anchor, Button, Group, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Refusal } from "../../api/client";
import { connectionList } from "../../api/connections";
import { groupList } from "../../api/groups";
import { type Query, queryList } from "../../api/queries";
import { lastPlace, oneSeries, patchSeries, type Series, seriesList } from "../../api/series";
import { sentences } from "../../lib/format";
import { type Role, suggestedFormat, suggestedRoles } from "../../lib/roles";
import { Conflict } from "../../ui/Conflict";
import { CopyAs } from "../../ui/CopyAs";
import { focusField, showDone, showProblem } from "../../ui/form";
import { Section } from "../../ui/Section";
import { Unsaved } from "../../ui/Unsaved";
import { createSeries, seriesChanged } from "./data";
import { type Draft, draftOf, EMPTY_DRAFT, measurementFrom, patchOf, specOf } from "./draft";
import { isDirty, missing, unused } from "./draftChecks";
import { ERROR_OF, FIELDS, placeOf } from "./fields";
import { KeptDraft } from "./KeptDraft";
import { dropSeries, keepSeries, keptSeries } from "./keptSeries";
import { columnOf, EMPTY_MAPPING, NO_COLUMNS, withRole } from "./mappingDraft";
import { MappingPart } from "./MappingPart";
import { ModePart } from "./ModePart";
import { MoreMapping } from "./MoreMapping";
import { PlacePart } from "./PlacePart";
import { PointPart } from "./PointPart";
import { QueryPart } from "./QueryPart";
import { recipesOf } from "./recipes";
import { type DraftForm, useCursor } from "./useCursor";
import { clearMappingErrors, useErrors } from "./useErrors";
import { type PreviewOptions, sampleOf, usePreview } from "./usePreview";
import "./series.css";

interface Props {
  before?: Series;
  onTheirs?: () => void;
  /** What a link to this page chose already. */
  chosen?: { query?: string; group?: string };
}

/** Makes a series by clicking, or changes `before`. */
export function SeriesForm({ before, onTheirs, chosen }: Props) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [fresh] = useState<Draft>(() => (before ? draftOf(before) : { ...EMPTY_DRAFT, group_id: chosen?.group ?? "" }));
  // A link that chooses a query begins with it.
  const [kept] = useState<Draft | undefined>(() => (before || chosen?.query !== undefined ? undefined : keptSeries(chosen?.group)));
  const [isKept, setIsKept] = useState(kept !== undefined);
  const initial = fresh;
  const form: DraftForm = useForm<Draft & Record<string, unknown>>({ initialValues: (kept ?? initial) as Draft & Record<string, unknown> });
  const draft = form.values as Draft;
  const [options, setOptions] = useState<PreviewOptions>({ limit: 20, slot: undefined });
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState(false);
  const saved = useRef(false);
  const { data: queries } = useQuery(queryList);
  const { data: connections } = useQuery(connectionList);
  const { data: groups } = useQuery(groupList);
  const query = queries?.find(({ id }) => id === draft.query_id);
  // A stored mapping knows them even where it names no column.
  const knowsRoles = Object.keys(draft.roles).length > 0 || (before !== undefined && draft.query_id === before.query_id);
  const live = usePreview(draft, query, options, knowsRoles);

  const change = useCallback(
    (part: Partial<Draft>) => {
      form.setValues((now) => ({ ...now, ...part }));
      for (const name of Object.keys(part)) form.clearFieldError(ERROR_OF[name] ?? name);
      if (Object.keys(part).some((name) => name in EMPTY_MAPPING)) clearMappingErrors(form);
      if (Object.keys(part).some((name) => ["mode", "window", "length_s", "lag_s", "query_id", "group_id", "cursor", "key", "fence", "null_cursor"].includes(name))) {
        for (const name of FIELDS) if (name.startsWith("mode") || name === "mapping.time") form.clearFieldError(name);
      }
    },
    // The form's functions stay the same.
    [],
  );

  const { data: others } = useQuery(seriesList);
  const takeQuery = useCallback(
    (taken: Query) => {
      const windowed = /:window_(start|end)\b/.test(taken.sql);
      form.setValues((now) => {
        const was = queries?.find(({ id }) => id === now.query_id);
        return {
          ...now,
          query_id: taken.id,
          parameters: {},
          ...NO_COLUMNS,
          mode: windowed ? ("window" as const) : now.mode === "incremental" ? now.mode : ("snapshot" as const),
          cursor: "",
          key: [],
          name: now.name === "" || now.name === unused(was?.name ?? "", others) ? unused(taken.name, others) : now.name,
          measurement: now.measurement === "" || now.measurement === measurementFrom(was?.name ?? "") ? measurementFrom(taken.name) : now.measurement,
        };
      });
      form.clearErrors();
    },
    [queries, others],
  );

  // What the link chose, and the default connection, once they are known.
  useEffect(() => {
    const wanted = queries?.find(({ id, name }) => id === chosen?.query || name === chosen?.query);
    if (!before && others && wanted && form.values.query_id === "") takeQuery(wanted);
  }, [queries, others]);
  useEffect(() => {
    const preset = connections?.find((one) => one.default);
    if (!before && preset && form.values.connection_id === "") change({ connection_id: preset.id });
  }, [connections]);

  // The first rows say what their columns probably are.
  useEffect(() => {
    if (knowsRoles || live.columns.length === 0 || live.stale) return;
    const roles = suggestedRoles(live.columns, live.values);
    const time = live.columns.findIndex(({ name }) => roles[name] === "time");
    const column = live.columns[time];
    change({ roles, ...(column ? { format: suggestedFormat(column.kind, live.values.map((row) => row[time])) } : {}) });
  }, [knowsRoles, live.columns, live.values, live.stale, change]);

  const giveRole = useCallback(
    (column: string, role: Role) => {
      const at = live.columns.findIndex(({ name }) => name === column);
      const known = live.columns[at];
      const format = role === "time" && known ? { format: suggestedFormat(known.kind, live.values.map((row) => row[at])) } : {};
      form.setValues((now) => ({ ...now, ...withRole(now as Draft, column, role, live.columns), ...format }));
      clearMappingErrors(form);
    },
    [live.columns, live.values],
  );

  const { engine, takeCursor, takeKey } = useCursor(draft, live, form);

  // Of a new series, so that a query, a connection or a group can be made in between.
  useEffect(() => {
    if (!before && !saved.current && isDirty(draft, initial)) keepSeries(draft, query);
  }, [before, draft, initial, query]);
  const beginAnew = () => {
    dropSeries();
    setIsKept(false);
    const preset = connections?.find((one) => one.default);
    form.setValues({ ...initial, connection_id: preset?.id ?? "" } as Draft & Record<string, unknown>);
    form.clearErrors();
  };

  // The query of the draft may be gone meanwhile.
  const isLost = isKept && queries !== undefined && query === undefined;
  useEffect(() => {
    if (isLost) beginAnew();
  }, [isLost]);

  // A link that leads to the group.
  const isShown = query !== undefined;
  useEffect(() => {
    if (isShown && location.hash === "#group") focusField("group_id");
  }, [isShown]);

  const { errors, problems, isElsewhere, reveal, opened, onOpened, isMoreOpen, toggleMore } = useErrors(draft, live, form);
  const time = columnOf(draft, "time");
  const sample = useMemo(() => (time === undefined ? undefined : sampleOf(time, live)), [time, live]);

  const save = async (base: Series | undefined) => {
    const blank = missing(draft, query);
    if (blank) {
      form.setFieldError(blank.field, blank.message);
      focusField(blank.field);
      return;
    }
    const [wrong] = Object.keys(problems);
    if (wrong !== undefined) {
      reveal(wrong);
      return;
    }
    setSaving(true);
    setConflict(false);
    try {
      const joins = draft.group_id !== "" && draft.group_id !== before?.group_id;
      const position = joins ? { position: lastPlace(draft.group_id, await cache.fetchQuery({ ...seriesList, staleTime: 0 })) } : {};
      const stored = base ? await patchSeries(base, { ...patchOf(base, draft), ...position }) : await createSeries({ ...specOf(draft), ...position });
      saved.current = true;
      if (!base) dropSeries();
      await seriesChanged(cache);
      showDone(base ? `Saved the series ${stored.name}` : `Made the series ${stored.name}`);
      await navigate({ to: "/series/$series", params: { series: stored.id } });
    } catch (error) {
      const field = error instanceof Refusal ? placeOf(error.field, draft) : undefined;
      if (error instanceof Refusal && error.kind === "changed") setConflict(true);
      else if (error instanceof Refusal && field !== undefined) {
        form.setFieldError(field, sentences(error.message, error.advice));
        reveal(field);
      } else showProblem(error);
    } finally {
      setSaving(false);
    }
  };
  const overwrite = async () => {
    if (!before) return;
    const { revision } = await cache.fetchQuery({ ...oneSeries(before.id), staleTime: 0 });
    await save({ ...before, revision });
  };

  const names = {
    query: query?.name,
    connection: connections?.find(({ id }) => id === draft.connection_id)?.name,
    group: groups?.find(({ id }) => id === draft.group_id)?.name,
  };
  return (
    <form
      noValidate
      aria-label={before ? `Edit ${before.name}` : "New series"}
      onSubmit={(event) => {
        event.preventDefault();
        void save(before);
      }}
    >
      <Unsaved isDirty={() => !saved.current && isDirty(draft, initial)} isKept={!before} />
      {isKept && <KeptDraft onAnew={beginAnew} />}
      <Stack>
        <Section title="What is read" about="The rows of a saved query.">
          <QueryPart draft={draft} query={query} errors={errors} onQuery={takeQuery} onChange={change} />
          {query && (
            <TextInput
              label="Name of the series"
              required
              maw={420}
              value={draft.name}
              error={errors.name}
              data-path="name"
              onChange={(event) => change({ name: event.currentTarget.value })}
            />
          )}
        </Section>
        {query && (
          <>
            <Section title="How the rows relate to time">
              <ModePart
                draft={draft}
                errors={errors}
                preview={live.stale ? undefined : live.preview}
                columns={live.columns}
                rows={live.values}
                engine={engine}
                onChange={change}
                onCursor={takeCursor}
              />
            </Section>
            <Section
              title="What each row becomes"
              about="Click the chip of a column to say what it is, and the sliders beside it for its name, type and NULL. Nothing is written yet."
            >
              <PointPart
                draft={draft}
                errors={errors}
                onChange={change}
                onFixed={() => giveRole(columnOf(draft, "measurement") ?? "", "tag")}
                columns={live.columns}
                onTime={(column) => giveRole(column, "time")}
                sample={sample}
              />
              <MappingPart
                draft={draft}
                live={live}
                options={options}
                onOptions={setOptions}
                edit={{
                  errors, onRole: giveRole, onCursor: takeCursor, onKey: takeKey, onChange: change, opened, onOpened,
                  more: <MoreMapping draft={draft} columns={live.columns} errors={errors} isOpen={isMoreOpen} onToggle={toggleMore} onChange={change} />,
                }}
                quiet={isElsewhere}
              />
            </Section>
            <Section title="Where it goes, and when">
              <PlacePart draft={draft} errors={errors} onChange={change} />
            </Section>
          </>
        )}
        {conflict && before && <Conflict what={`the series ${before.name}`} onTheirs={() => onTheirs?.()} onMine={() => void overwrite()} />}
      </Stack>
      <Group className="save-bar">
        <Button type="submit" loading={saving} disabled={!query}>
          {before ? "Save" : "Make the series"}
        </Button>
        <Button variant="default" renderRoot={(rest) => <Link {...(before ? { to: "/series/$series", params: { series: before.id } } : { to: "/series" })} {...rest} />}>
          Cancel
        </Button>
        {query && <CopyAs recipes={recipesOf(draft, names)} />}
        {query?.id !== undefined && knowsRoles && live.columns.length > 0 && (
          <Anchor component="button" type="button" size="sm" onClick={() => change({ roles: suggestedRoles(live.columns, live.values), others: "field" })}>
            Suggest the columns again
          </Anchor>
        )}
      </Group>
    </form>
  );
}
