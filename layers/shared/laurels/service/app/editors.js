// Dialogs in which an operator writes a definition of the catalogue, or a metric.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact-3.1.1.js";
import { at, call } from "./api.js";
import { Field, reason } from "./parts.js";
import { named, t } from "./texts.js";

const COUNTED = ["homeworks_completed", "tests_passed", "completed_courses", "total_courses", "active_courses", "average_grade", "points", "achievements"];

/** A modal form. `save` gets the fields by name; what it throws is said in the dialog, which stays open. */
function Dialog({ title, save, onClose, children }) {
  const dialog = useRef();
  const [fault, setFault] = useState("");
  useEffect(() => dialog.current.showModal(), []);
  async function submit(event) {
    event.preventDefault();
    try {
      await save(new FormData(event.target));
    } catch (error) {
      return setFault(reason(error));
    }
    onClose(true);
  }
  return html`<dialog ref=${dialog} onClose=${() => onClose(false)} aria-labelledby="dialog-title">
    <form onSubmit=${submit}>
      <h2 id="dialog-title">${title}</h2>
      ${children}
      ${fault && html`<p class="notice" role="alert">${fault}</p>`}
      <p class="line">
        <button>${t("save")}</button>
        <button type="button" class="quiet" onClick=${() => dialog.current.close()}>${t("cancel")}</button>
      </p>
    </form>
  </dialog>`;
}

const numberIn = (value) => (value === null || value === "" ? null : Number(value));

/** Return the texts in both languages; a language whose title is empty is left out, or deleted by null. */
function translationsIn(form, second, isNew) {
  const found = {};
  for (const tag of ["en", "ru"]) {
    const title = form.get(`title-${tag}`).trim();
    if (title) found[tag] = { title, [second]: form.get(`${second}-${tag}`).trim() };
    else if (!isNew) found[tag] = null;
  }
  return found;
}

/** Read a definition whole, because lists have one language and no criteria; without a path it is a new one. */
function useDefinition(path, app, onClose) {
  const [definition, setDefinition] = useState(path ? undefined : {});
  useEffect(() => {
    if (path) app.attempt(() => call(path)).then((found) => (found ? setDefinition(found) : onClose(false)));
  }, []);
  return definition;
}

export function AchievementForm({ of, metrics, hasTeachers, app, onClose }) {
  const definition = useDefinition(of.code && at`/achievements/${of.code}`, app, onClose);
  if (!definition) return null;
  const { translations = {}, criteria } = definition;
  const conditions = [...(criteria?.all || []), {}];
  const known = metrics ? metrics.map((each) => each.metric).concat("points", "achievements") : COUNTED;
  // A condition keeps its metric, known or not: without an option for it, saving would delete the condition.
  const options = ({ metric }) => (!metric || known.includes(metric) ? known : known.concat(metric));
  function save(form) {
    const met = conditions.map((_, index) => ({ metric: form.get(`metric-${index}`), value: numberIn(form.get(`value-${index}`)) }));
    const all = met.filter((each) => each.metric && each.value !== null).map((each) => ({ ...each, op: "gte" }));
    const fields = {
      translations: translationsIn(form, "description", !of.code),
      points: Number(form.get("points")),
      category: form.get("category").trim() || null,
      is_secret: form.has("is_secret"),
      is_active: form.has("is_active"),
      criteria: all.length ? { all } : null,
    };
    if (hasTeachers) fields.by_teachers = form.has("by_teachers");
    if (of.code) return call(at`/achievements/${of.code}`, "PATCH", fields);
    return call("/achievements", "POST", { ...fields, code: form.get("code") });
  }
  return html`<${Dialog} title=${of.code ? of.title : t("add")} save=${save} onClose=${onClose}>
    ${!of.code && html`<${Field} label=${t("code")}><input name="code" required pattern="[a-z0-9_\\-]{1,64}" /><//>`}
    <${Texts} of=${translations} second="description" />
    <div class="pair">
      <${Field} label=${t("worth")}><input name="points" type="number" min="1" required value=${definition.points || 10} /><//>
      <${Field} label=${t("category")}><input name="category" value=${definition.category || ""} /><//>
    </div>
    <fieldset><legend>${t("criteria")}</legend>
      ${conditions.map((condition, index) => html`<div class="pair" key=${index}>
        <select name=${`metric-${index}`} aria-label=${t("condition", { n: index + 1 })}>
          <option value="">–</option>
          ${options(condition).map((each) => html`<option value=${each} selected=${each === condition.metric}>${named(each)}</option>`)}
        </select>
        <${Field} label=${t("atLeast")}><input name=${`value-${index}`} type="number" step="any" min="0" value=${condition.value ?? ""} /><//>
      </div>`)}
    </fieldset>
    <${Tick} name="is_active" label=${t("isActive")} isOn=${definition.is_active ?? true} />
    <${Tick} name="is_secret" label=${t("isSecret")} isOn=${definition.is_secret} />
    ${hasTeachers && html`<${Tick} name="by_teachers" label=${t("byTeachers")} isOn=${definition.by_teachers} />`}
  <//>`;
}

export function MetricForm({ of, app, onClose }) {
  const isNew = !of.metric;
  const definition = useDefinition(!isNew && at`/metrics/${of.metric}`, app, onClose);
  if (!definition) return null;
  function save(form) {
    const fields = { translations: translationsIn(form, "unit", isNew), board: form.has("has_board"), is_active: form.has("is_active") };
    for (const tag of Object.keys(fields.translations)) {
      if (fields.translations[tag]) fields.translations[tag].unit ||= null;
    }
    for (const name of ["minimum", "maximum", "daily_cap"]) {
      const value = numberIn(form.get(name));
      if (value !== null || !isNew) fields[name] = value;
    }
    if (!isNew) return call(at`/metrics/${of.metric}`, "PATCH", fields);
    return call("/metrics", "POST", { ...fields, metric: form.get("metric"), kind: form.get("kind") });
  }
  return html`<${Dialog} title=${isNew ? t("add") : of.title} save=${save} onClose=${onClose}>
    ${isNew && html`<div class="pair">
      <${Field} label=${t("code")}><input name="metric" required pattern="[a-z][a-z0-9_]{0,31}" /><//>
      <${Field} label=${t("kind")}><select name="kind">${["counter", "value", "best"].map((kind) => html`<option value=${kind}>${t(kind)}</option>`)}</select><//>
    </div>`}
    <${Texts} of=${definition.translations || {}} second="unit" />
    <div class="pair">
      <${Field} label=${t("minimum")}><input name="minimum" type="number" step="any" value=${definition.minimum ?? ""} /><//>
      <${Field} label=${t("maximum")}><input name="maximum" type="number" step="any" value=${definition.maximum ?? ""} /><//>
      <${Field} label=${t("cap")}><input name="daily_cap" type="number" min="1" value=${definition.daily_cap ?? ""} /><//>
    </div>
    <${Tick} name="has_board" label=${t("hasBoard")} isOn=${definition.board} />
    <${Tick} name="is_active" label=${t("isActive")} isOn=${definition.is_active ?? true} />
  <//>`;
}

function Texts({ of, second }) {
  const names = second === "unit" ? { en: "unitEn", ru: "unitRu" } : { en: "textEn", ru: "textRu" };
  const titles = { en: "titleEn", ru: "titleRu" };
  const entry = second === "unit" ? "input" : "textarea"; // a description is longer than a line
  return html`<div class="pair">${["en", "ru"].map((tag) => html`<div key=${tag}>
    <${Field} label=${t(titles[tag])}><input name=${`title-${tag}`} required=${tag === "en"} value=${of[tag]?.title || ""} lang=${tag} /><//>
    <${Field} label=${t(names[tag])}><${entry} name=${`${second}-${tag}`} rows="3" value=${of[tag]?.[second] || ""} lang=${tag} /><//>
  </div>`)}</div>`;
}

function Tick({ name, label, isOn }) {
  return html`<label class="tick"><input type="checkbox" name=${name} defaultChecked=${isOn} checked=${isOn} /><span>${label}</span></label>`;
}
