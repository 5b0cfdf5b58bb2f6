// What a teacher sees of a group: the roster by risk, the board's setting, and awards by hand.

import { html, useState } from "./vendor/htm-preact-3.1.1.js";
import { at, call, download } from "./api.js";
import { Choice, Field, Loaded, Panel, Scrolling, useData } from "./parts.js";
import { currentLanguage, day, number, t } from "./texts.js";

const BOARDS = { shown: "groupBoardNames", anonymous: "groupBoardAnonymous", off: "groupBoardOff" };
const ORDERS = { risk: "risk", name: "byName", points: "byPoints" };

export function Classes({ app }) {
  const taught = (app.groups || []).filter((group) => group.role === "teacher");
  const [id, setId] = useState();
  const group = taught.find((each) => each.group_id === id) || taught[0];
  if (!group) return html`<header class="hero small"><h1 tabindex="-1">${t("classTitle")}</h1><p>${t("noClasses")}</p></header>`;
  return html`
    <header class="hero small">
      <h1 tabindex="-1">${t("classTitle")}</h1>
      ${taught.length > 1 && html`<${Field} label=${t("group")}>
        <select value=${group.group_id} onChange=${(event) => setId(event.target.value)}>
          ${taught.map((each) => html`<option key=${each.group_id} value=${each.group_id}>${each.name}</option>`)}
        </select>
      <//>`}
    </header>
    <${Taught} key=${group.group_id} group=${group} app=${app} />
  `;
}

function Taught({ group, app }) {
  const [order, setOrder] = useState("risk");
  const [chosen, setChosen] = useState([]);
  const path = at`/groups/${group.group_id}`;
  const report = useData(() => call(`${path}/report?sort=${order}`), [group.group_id, order]);
  const isChosen = (id) => chosen.includes(id);
  const choose = (id) => setChosen(isChosen(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  async function setBoard(board) {
    if (!(await app.attempt(() => call(path, "PATCH", { board })))) return;
    app.changeGroup({ ...group, board });
    app.say(t("saved"));
  }
  const save = () => app.attempt(() => download(`${path}/report?sort=${order}`, "text/csv", `${group.name}.csv`));
  return html`<div class="columns">
    <${Panel} wide title=${group.name} aside=${html`<button class="quiet" onClick=${save}>${t("csv")}</button>`}>
      <${Choice} isQuiet label=${t("order")} name="order" value=${order} onChoose=${setOrder}
        options=${Object.entries(ORDERS).map(([each, text]) => [each, t(text)])} />
      <${Loaded} from=${report} app=${app}>
        ${({ items }) => (items.length ? html`<${Roster} ...${{ items, isChosen, choose }} label=${group.name} />` : html`<p class="aside">${t("emptyRoster")}</p>`)}
      <//>
    <//>
    <${GiveAward} path=${path} chosen=${chosen} app=${app} names=${namesIn(report.data)} onGiven=${() => {
      setChosen([]);
      report.reload();
    }} />
    <${Panel} title=${t("groupBoard")}>
      <${Choice} label=${t("groupBoard")} isQuiet name="board" value=${group.board} onChoose=${setBoard}
        options=${Object.entries(BOARDS).map(([each, text]) => [each, t(text)])} />
    <//>
  </div>`;
}

function namesIn(report) {
  return Object.fromEntries((report?.items || []).map((row) => [row.user_id, row.display_name]));
}

function Roster({ items, isChosen, choose, label }) {
  return html`<${Scrolling} label=${label}>
    <table class="roster">
      <caption class="unseen">${label}</caption>
      <thead><tr>
        <td></td><th scope="col">${t("learner")}</th><th scope="col">${t("lastActive")}</th><th scope="col">${t("daysSince")}</th>
        <th scope="col">${t("streak")}</th><th scope="col">${t("ofWeek")}</th><th scope="col">${t("ofMonth")}</th>
        <th scope="col">${t("achievements")}</th><th scope="col">${t("openGoals")}</th>
      </tr></thead>
      <tbody>${items.map((row) => html`<tr key=${row.user_id} data-user=${row.user_id}>
        <td><input type="checkbox" checked=${isChosen(row.user_id)} onChange=${() => choose(row.user_id)} aria-label=${t("chooseLearner", { name: row.display_name })} /></td>
        <th scope="row"><bdi>${row.display_name}</bdi></th>
        <td>${row.last_active_on ? day(row.last_active_on) : t("never")}</td>
        <td>${row.days_since ?? "–"}</td>
        <td>${number(row.streak)} ${row.at_risk && html`<span class="risk">${t("atRisk")}</span>`}</td>
        <td>${number(row.week.points)}</td>
        <td>${number(row.month.points)}</td>
        <td>${number(row.achievements)}</td>
        <td>${number(row.open_goals)} ${row.overdue_goals > 0 && html`<span class="risk">${t("overdueGoals", { n: row.overdue_goals })}</span>`}</td>
      </tr>`)}</tbody>
    </table>
  <//>`;
}

function GiveAward({ path, chosen, app, names, onGiven }) {
  const [code, setCode] = useState("");
  const catalogue = useData(() => call(`/achievements?limit=100&lang=${currentLanguage()}`), [currentLanguage()]);
  async function give(event) {
    event.preventDefault();
    const made = await app.attempt(() => call(`${path}/awards`, "POST", { code, user_ids: chosen }));
    if (!made) return;
    const refused = made.items.filter((row) => row.status === "failed").map((row) => names[row.user_id] || row.user_id);
    const text = t("awardedTo", { n: made.items.length - refused.length });
    app.say(refused.length ? `${text} ${t("rowFailed", { names: refused.join(", ") })}` : text);
    onGiven();
  }
  return html`<${Panel} title=${t("giveAward")}>
    <${Loaded} from=${catalogue} app=${app}>
      ${({ items }) => {
        const allowed = items.filter((each) => each.by_teachers && each.is_active);
        if (!allowed.length) return html`<p class="aside">${t("noneByTeachers")}</p>`;
        return html`<form onSubmit=${give}>
          <${Field} label=${t("achievement")}>
            <select required value=${code} onChange=${(event) => setCode(event.target.value)}>
              <option value="">${t("choose")}</option>
              ${allowed.map((each) => html`<option key=${each.code} value=${each.code}>${each.title}</option>`)}
            </select>
          <//>
          <p class="aside">${chosen.length ? t("chosen", { n: chosen.length }) : t("chooseAbove")}</p>
          <button disabled=${!chosen.length || !code}>${t("award")}</button>
        </form>`;
      }}
    <//>
  <//>`;
}
