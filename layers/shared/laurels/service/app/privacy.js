// Who may see which part of the learner: one choice each, saved at once.

import { html } from "./vendor/htm-preact-3.1.1.js";
import { at, call } from "./api.js";
import { Choice, Loaded, Panel, useData } from "./parts.js";
import { currentLanguage, t } from "./texts.js";
import { LEVELS, LISTINGS } from "./today.js";

const PARTS = { profile: "profile", achievements: "achievements", badges: "badges", goals: "goals", stats: "stats" };

export function Privacy({ app }) {
  const loaded = useData(() => call("/users/me?include=preferences"), []);
  async function save(changes) {
    const preferences = await app.attempt(() => call("/users/me/preferences", "PATCH", changes));
    if (!preferences) return loaded.reload();
    loaded.change({ ...loaded.data, preferences });
    app.say(t("saved"));
  }
  return html`
    <header class="hero small">
      <h1 tabindex="-1">${t("privacyTitle")}</h1>
      <p class="aside">${t("privacyText")}</p>
    </header>
    <${Loaded} from=${loaded} app=${app}>
      ${({ user_id: id, preferences }) => html`<div class="columns">
        <${Panel} title=${t("parts")}>
          ${Object.entries(PARTS).map(([part, text]) => html`<${Choice} key=${part} label=${t(text)} name=${part}
            value=${preferences.visibility[part]} options=${Object.entries(LEVELS).map(([level, name]) => [level, t(name)])}
            onChoose=${(level) => save({ visibility: { [part]: level } })} />`)}
        <//>
        <div class="stack">
          <${Panel} title=${t("boards")}>
            <${Choice} label=${t("leaderboards")} name="leaderboards" value=${preferences.leaderboards}
              options=${Object.entries(LISTINGS).map(([listing, name]) => [listing, t(name)])}
              onChoose=${(leaderboards) => save({ leaderboards })} />
          <//>
          <${CardToPaste} id=${id} isPublic=${preferences.visibility.profile === "public"} choices=${JSON.stringify(preferences.visibility)} />
        </div>
      </div>`}
    <//>
  `;
}

/** The picture, and the line that shows it elsewhere. It is asked for again when a choice changes. */
function CardToPaste({ id, isPublic, choices }) {
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const path = at`/v1/users/${id}/card.svg?theme=${document.documentElement.dataset.theme || theme}&lang=${currentLanguage()}`;
  return html`<${Panel} title=${t("card")}>
    <p class="aside">${t("cardText")}</p>
    ${isPublic ? html`
      <img class="card" key=${choices} src=${path} alt=${t("card")} width="420" height="150" />
      <p>${t("cardPaste")}</p>
      <pre tabindex="0"><code>${`<img src="${location.origin}${path}" alt="Laurels">`}</code></pre>
    ` : html`<p>${t("cardNone")}</p>`}
  <//>`;
}
