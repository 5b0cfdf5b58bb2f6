// Small parts that several views are made of.

import { html, useCallback, useEffect, useRef, useState } from "./vendor/htm-preact-3.1.1.js";
import { number, t } from "./texts.js";

/** Load with `read`, and again when one of `inputs` changes. Returns {data, error, reload, change}: `change` shows a
 * new value without a request. What an earlier read answers late is dropped. */
export function useData(read, inputs) {
  const [state, setState] = useState({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setState((before) => ({ data: before.data, isLoading: true }));
    read().then(
      (data) => isCurrent && setState({ data }),
      (error) => isCurrent && setState({ error }),
    );
    return () => (isCurrent = false);
  }, [...inputs, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, reload, change: (data) => setState({ data }) };
}

/** The content once it is loaded; until then that it loads, or why it did not and how to try again. */
export function Loaded({ from, children, app }) {
  const { data, error, reload } = from;
  useEffect(() => error && app.failed(error), [error]);
  if (error) {
    return html`<p class="notice" role="alert">
      ${reason(error)} <button class="quiet" onClick=${reload}>${t("again")}</button>
    </p>`;
  }
  return data === undefined ? html`<p class="waiting" aria-busy="true">${t("loading")}</p>` : children(data);
}

export function reason(error) {
  if (error instanceof TypeError) return t("offline");
  const fields = (error.fields || []).map((each) => `${each.field}: ${each.detail}`).join("; ");
  return t("failed", { reason: fields || error.message });
}

/** One of a few values. Radio buttons, so that arrow keys move between them. */
export function Choice({ label, name, value, options, onChoose, isQuiet }) {
  return html`<fieldset class=${isQuiet ? "choice quiet-label" : "choice"}>
    <legend>${label}</legend>
    <div>
      ${options.map(
        ([each, text]) => html`<label key=${each}>
          <input type="radio" name=${name} value=${each} checked=${each === value} onChange=${() => onChoose(each)} />
          <span>${text}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}

export function Panel({ title, aside, wide, children }) {
  const id = "panel-" + title.replace(/\s+/g, "-");
  return html`<section class=${wide ? "panel wide" : "panel"} aria-labelledby=${id}>
    <header><h2 id=${id}>${title}</h2>${aside}</header>
    ${children}
  </section>`;
}

export function Progress({ value, max, label }) {
  return html`<progress value=${value} max=${max} aria-label=${label}></progress>`;
}

/** Figures in a row: [[name, value], …]. */
export function Figures({ of }) {
  return html`<dl class="figures">
    ${of.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${typeof value === "number" ? number(value) : value}</dd></div>`)}
  </dl>`;
}

/** A wide table that scrolls by itself on a narrow screen, and by keyboard. */
export function Scrolling({ label, children, isAtEnd }) {
  const region = useRef();
  useEffect(() => isAtEnd && region.current.scrollTo(region.current.scrollWidth, 0), []);
  return html`<div class="scrolling" role="group" aria-label=${label} tabindex="0" ref=${region}>${children}</div>`;
}

export function Field({ label, children }) {
  return html`<label class="field"><span>${label}</span>${children}</label>`;
}
