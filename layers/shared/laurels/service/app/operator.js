// What an operator sees: the platform's figures, users and awards by hand, the catalogue and metrics.

import { html, useState } from "./vendor/htm-preact-3.1.1.js";
import { at, call, find } from "./api.js";
import { AchievementForm, MetricForm } from "./editors.js";
import { Field, Figures, Loaded, Panel, Scrolling, useData } from "./parts.js";
import { ago, currentLanguage, number, t } from "./texts.js";

async function readPlatform() {
  const lang = currentLanguage();
  const [summary, catalogue, metrics] = await Promise.all([
    call("/stats"),
    call(`/achievements?limit=100&lang=${lang}`),
    find(`/metrics?limit=100&lang=${lang}`),
  ]);
  return { summary, catalogue: catalogue.items, metrics: metrics?.items };
}

export function Operator({ app }) {
  const loaded = useData(readPlatform, [currentLanguage()]);
  const [edited, setEdited] = useState(); // {achievement} or {metric}: what is edited, {} for a new one
  const close = (isChanged) => {
    setEdited();
    if (isChanged) loaded.reload();
  };
  return html`
    <header class="hero small"><h1 tabindex="-1">${t("operatorTitle")}</h1></header>
    <${Loaded} from=${loaded} app=${app}>
      ${({ summary, catalogue, metrics }) => html`
        <${Summary} summary=${summary} />
        <div class="columns">
          <${Users} app=${app} catalogue=${catalogue} />
          <${Queues} />
          <${Catalogue} items=${catalogue} onEdit=${(achievement) => setEdited({ achievement })} />
          ${metrics && html`<${Metrics} items=${metrics} onEdit=${(metric) => setEdited({ metric })} />`}
        </div>
        ${edited?.achievement && html`<${AchievementForm} of=${edited.achievement} metrics=${metrics} hasTeachers=${catalogue.some((each) => "by_teachers" in each)} app=${app} onClose=${close} />`}
        ${edited?.metric && html`<${MetricForm} of=${edited.metric} app=${app} onClose=${close} />`}
      `}
    <//>
  `;
}

function Summary({ summary }) {
  const best = (most, unit) => (most ? `${most.display_name || t("anonymous")} (${unit ? t("points", { n: most.value }) : number(most.value)})` : "–");
  return html`<${Figures} of=${[
    [t("users", { n: summary.users }), summary.users],
    [t("boardsAge"), summary.as_of ? ago(summary.as_of) : t("boardsNever")],
    [t("mostPoints"), best(summary.most_points, true)],
    [t("mostAchievements"), best(summary.most_achievements, false)],
    [t("longStreaks"), summary.seven_day_streaks_total],
  ]} />`;
}

function Users({ app, catalogue }) {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState();
  const [userId, setUserId] = useState("");
  const [code, setCode] = useState("");
  async function search(event) {
    event.preventDefault();
    const path = query.trim().length > 1 ? at`/users/search?q=${query.trim()}&limit=10` : "/users?limit=10";
    const page = await app.attempt(() => call(path));
    if (page) setFound(page.items);
  }
  async function award(event) {
    event.preventDefault();
    const made = await app.attempt(() => call(at`/users/${userId.trim()}/achievements?lang=${currentLanguage()}`, "POST", { code }));
    if (made) app.say(t(made.already_awarded ? "alreadyAwarded" : "awardGiven", { name: userId, title: made.title }));
  }
  return html`<${Panel} title=${t("findUsers")}>
    <form class="line" role="search" onSubmit=${search}>
      <${Field} label=${t("searchName")}><input value=${query} onInput=${(event) => setQuery(event.target.value)} /><//>
      <button class="quiet">${t(query.trim().length > 1 ? "search" : "newest")}</button>
    </form>
    ${found && (found.length ? html`<ul class="lines">${found.map((user) => html`<li key=${user.user_id}>
      <bdi>${user.display_name}</bdi>
      <button class="link" onClick=${() => setUserId(user.user_id)}>${user.user_id}</button>
    </li>`)}</ul>` : html`<p class="aside">${t("noUsers")}</p>`)}
    <h3>${t("giveAward")}</h3>
    <form onSubmit=${award}>
      <${Field} label=${`${t("awardTo")} (${t("userId")})`}><input required value=${userId} onInput=${(event) => setUserId(event.target.value)} /><//>
      <${Field} label=${t("achievement")}>
        <select required value=${code} onChange=${(event) => setCode(event.target.value)}>
          <option value="">${t("choose")}</option>
          ${catalogue.filter((each) => each.is_active).map((each) => html`<option key=${each.code} value=${each.code}>${each.title}</option>`)}
        </select>
      <//>
      <button>${t("award")}</button>
    </form>
  <//>`;
}

function Queues() {
  return html`<${Panel} title=${t("queues")}>
    <p>${t("queuesText")}</p>
    <pre tabindex="0"><code>.venv/bin/python -m local queues</code></pre>
  <//>`;
}

function Catalogue({ items, onEdit }) {
  const counted = items.find((each) => each.rarity)?.rarity;
  const add = html`<button class="quiet" onClick=${() => onEdit({})}>${t("add")}</button>`;
  const state = (each) => [t(each.is_active ? "inForce" : "archived"), each.is_secret && t("secret")].filter(Boolean).join(", ");
  return html`<${Panel} title=${t("catalogue")} wide aside=${add}>
    <${Scrolling} label=${t("catalogue")}><table>
      <caption class="unseen">${t("catalogue")}</caption>
      <thead><tr>
        <th scope="col">${t("achievement")}</th><th scope="col" class="detail">${t("code")}</th><th scope="col" class="detail">${t("worth")}</th>
        ${counted && html`<th scope="col">${t("rarity")}</th>`}
        <th scope="col">${t("category")}</th><th scope="col">${t("state")}</th><td></td>
      </tr></thead>
      <tbody>${items.map((each) => html`<tr key=${each.code} data-code=${each.code}>
        <th scope="row">${each.title}</th><td class="detail"><code>${each.code}</code></td><td class="detail">${number(each.points)}</td>
        ${counted && html`<td class="wrap">${each.rarity && t("rarityOne", each.rarity)}</td>`}
        <td>${each.category}</td><td>${state(each)}</td>
        <td><button class="link" onClick=${() => onEdit(each)} aria-label=${t("editOne", { name: each.title })}>${t("edit")}</button></td>
      </tr>`)}</tbody>
    </table><//>
    ${counted && html`<p class="aside">${t("rarityAsOf", { when: ago(counted.counted_at), users: counted.users })}</p>`}
  <//>`;
}

function Metrics({ items, onEdit }) {
  const add = html`<button class="quiet" onClick=${() => onEdit({})}>${t("add")}</button>`;
  return html`<${Panel} title=${t("metrics")} wide aside=${add}>
    <${Scrolling} label=${t("metrics")}><table>
      <caption class="unseen">${t("metrics")}</caption>
      <thead><tr>
        <th scope="col">${t("metric")}</th><th scope="col" class="detail">${t("code")}</th><th scope="col">${t("kind")}</th><th scope="col">${t("unit")}</th>
        <th scope="col">${t("cap")}</th><th scope="col">${t("board")}</th><th scope="col">${t("state")}</th><td></td>
      </tr></thead>
      <tbody>${items.map((each) => html`<tr key=${each.metric} data-metric=${each.metric}>
        <th scope="row">${each.title}</th><td class="detail"><code>${each.metric}</code></td><td>${t(each.kind)}</td><td>${each.unit}</td>
        <td>${each.daily_cap != null && number(each.daily_cap)}</td><td>${each.board ? "✓" : ""}</td>
        <td>${t(each.is_built_in ? "builtIn" : each.is_active ? "inForce" : "archived")}</td>
        <td>${!each.is_built_in && html`<button class="link" onClick=${() => onEdit(each)} aria-label=${t("editOne", { name: each.title })}>${t("edit")}</button>`}</td>
      </tr>`)}</tbody>
    </table><//>
  <//>`;
}
