// Leaderboards of the platform and of the learner's groups, with the learner's own row in sight.

import { html, useState } from "./vendor/htm-preact-3.1.1.js";
import { at, claims, call, find } from "./api.js";
import { Choice, Field, Loaded, Panel, useData } from "./parts.js";
import { ago, named, number, t } from "./texts.js";

const NEIGHBOURS = 4;
const TOP = 10;

export function Boards({ app }) {
  const groups = app.groups || [];
  const boards = useData(() => call("/leaderboards"), []);
  return html`
    <header class="hero small"><h1 tabindex="-1">${t("boardsTitle")}</h1></header>
    <div class="columns">
      <${Platform} app=${app} boards=${boards} />
      ${groups.length > 0 && html`<${Group} ...${{ app, groups, boards }} />`}
    </div>
  `;
}

function Platform({ app, boards }) {
  const [board, setBoard] = useState("points");
  const [window_, setWindow] = useState("week");
  const [fromTop, setFromTop] = useState(false);
  const loaded = useData(() => readBoard(board, window_, fromTop), [board, window_, fromTop]);
  return html`<${Panel} title=${t("ofPlatform")} wide=${!app.groups?.length}>
    <${Loaded} from=${boards} app=${app}>
      ${({ items }) => html`<${Pick} ...${{ items, board, setBoard, window_, setWindow }} />`}
    <//>
    <${Loaded} from=${loaded} app=${app}>
      ${(found) => html`
        <${Rows} rows=${found.rows} label=${named(board)} note=${found.rank ? "" : t(fromTop ? "emptyBoard" : "notListed")} />
        ${found.rank && html`<p class="aside">
          ${t("place", { rank: found.rank, total: found.total })} ${" "}
          ${t("better", { percent: Math.floor(found.percentile) })}
        </p>`}
        <p class="aside">
          ${found.as_of && t("asOf", { when: ago(found.as_of) })}
          ${found.next_reset && html`; ${t("resets", { when: ago(found.next_reset) })}`}
        </p>
        <button class="quiet" onClick=${() => setFromTop(!fromTop)}>${t(fromTop ? "aroundMe" : "fromTop")}</button>
      `}
    <//>
  <//>`;
}

/** Choose a board, and one of its windows. */
function Pick({ items, board, setBoard, window_, setWindow }) {
  const windows = items.find((each) => each.board === board)?.windows || [];
  function choose(name) {
    setBoard(name);
    const kept = items.find((each) => each.board === name)?.windows.some((each) => each.window === window_);
    if (!kept) setWindow("all_time");
  }
  return html`<div class="pick">
    <${Field} label=${t("board")}>
      <select value=${board} onChange=${(event) => choose(event.target.value)}>
        ${items.map((each) => html`<option key=${each.board} value=${each.board}>${named(each.board)}</option>`)}
      </select>
    <//>
    <${Choice} isQuiet label=${t("window")} name="window" value=${window_} onChoose=${setWindow}
      options=${windows.map((each) => [each.window, named(each.window)])} />
  </div>`;
}

/** Return {rows, rank?, total, percentile?, as_of, next_reset}: the learner with neighbours, or the top. */
async function readBoard(board, window_, fromTop) {
  const path = at`/leaderboards/${board}`;
  if (fromTop) {
    const { items, ...about } = await call(`${path}?window=${window_}&limit=${TOP}`);
    return { ...about, rows: items };
  }
  const found = await find(`${path}/users/me?window=${window_}&neighbours=${NEIGHBOURS}`);
  return found ? { ...found, rows: [...found.above, found, ...found.below] } : { rows: [] };
}

/** Rows of a board. The caller's own is marked, or recognised by its id. */
function Rows({ rows, label, note }) {
  const me = (claims() || {}).sub;
  if (!rows.length) return html`<p class="aside">${note}</p>`;
  return html`<table class="rows">
    <caption class="unseen">${label}</caption>
    <thead><tr><th scope="col">${t("rank")}</th><th scope="col">${t("learner")}</th><th scope="col">${t("score")}</th></tr></thead>
    <tbody>
      ${rows.map((row) => ({ ...row, isMe: row.is_me ?? row.user_id === me })).map((row, index) => html`<tr key=${row.position ?? index} class=${row.isMe ? "me" : ""} aria-current=${row.isMe ? "true" : undefined}>
        <td>${number(row.rank)}</td>
        <th scope="row"><bdi>${row.isMe ? t("you") : row.display_name || html`<em>${t("anonymous")}</em>`}</bdi></th>
        <td>${number(row.score)}</td>
      </tr>`)}
    </tbody>
  </table>`;
}

function Group({ app, groups, boards }) {
  const [id, setId] = useState(groups[0].group_id);
  const [board, setBoard] = useState("points");
  const group = groups.find((each) => each.group_id === id);
  const read = () => find(at`/groups/${id}/leaderboard?board=${board}&window=all_time&around=me`);
  const loaded = useData(read, [id, board]);
  return html`<${Panel} title=${t("ofGroups")}>
    <div class="pick">
      <${Field} label=${t("group")}>
        <select value=${id} onChange=${(event) => setId(event.target.value)}>
          ${groups.map((each) => html`<option key=${each.group_id} value=${each.group_id}>${each.name}</option>`)}
        </select>
      <//>
      <${Field} label=${t("board")}>
        <select value=${board} onChange=${(event) => setBoard(event.target.value)}>
          ${(boards.data?.items || [{ board }]).map((each) => html`<option key=${each.board} value=${each.board}>${named(each.board)}</option>`)}
        </select>
      <//>
    </div>
    ${group.members_count !== undefined && html`<p class="aside">${t("members", { n: group.members_count })}</p>`}
    <${Loaded} from=${loaded} app=${app}>
      ${(found) => html`<${Rows} rows=${found ? found.items : []} label=${group.name} note=${t(found ? "emptyBoard" : "boardOff")} />`}
    <//>
  <//>`;
}
