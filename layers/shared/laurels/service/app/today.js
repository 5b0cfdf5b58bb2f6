// The learner's day: the streak in one sentence, goals, what is next, and the year.

import { html, useState } from "./vendor/htm-preact-3.1.1.js";
import { at, call } from "./api.js";
import { Calendar } from "./calendar.js";
import { Figures, Loaded, Panel, Progress, useData } from "./parts.js";
import { currentLanguage, day, moment, named, number, t } from "./texts.js";

const OPEN = "in-progress";

async function readToday() {
  const next = `/users/me/achievements?status=in_progress&limit=100&lang=${currentLanguage()}`;
  const [profile, streaks, waiting] = await Promise.all([
    call(`/users/me?include=goals,achievements,preferences&lang=${currentLanguage()}`),
    call("/users/me/streaks"),
    call(next),
  ]);
  // The newest goals come with the profile. Few learners have more, and then older ones may still be open.
  const open = profile.goals.has_more ? (await call(`/users/me/goals?status=${OPEN}&limit=100`)).items : profile.goals.items;
  return { profile, streaks, waiting: waiting.items, open: open.filter((goal) => goal.status === OPEN) };
}

/** Return the day in one sentence. `now` is in epoch milliseconds. */
export function sentence(streaks, now) {
  const { length, longest, last_day: last, at_risk: atRisk, expires_at: ends } = streaks.activity;
  if (!length) return longest ? t("streakNone") : t("streakFirst");
  if (last === streaks.today) return t("streakSafe", { days: t("days", { n: length }) });
  const days = t("daysKept", { n: length });
  if (!atRisk) return t("streakFrozen", { days });
  const minutes = Math.max(Math.floor((new Date(ends) - now) / 60000), 0);
  const left = minutes < 60 ? t("minutesLeft", { n: minutes }) : t("hoursLeft", { n: Math.floor(minutes / 60) });
  return t("streakRisk", { left, days });
}

export function Today({ app }) {
  const loaded = useData(readToday, [currentLanguage()]);
  return html`<${Loaded} from=${loaded} app=${app}>
    ${({ profile, streaks, waiting, open }) => html`
      <header class="hero">
        <p class="kicker">${t("hello", { name: profile.display_name })}</p>
        <h1 tabindex="-1">${sentence(streaks, Date.now())}</h1>
        ${streaks.activity.expires_at && html`<p class="aside">${t("streakEnds", { when: moment(streaks.activity.expires_at, streaks.timezone) })}</p>`}
        <${Figures} of=${[
          [t("longest"), t("days", { n: streaks.activity.longest })],
          [t("freezesHeld"), streaks.activity.freezes || t("freezesNone")],
          [t("pointsNow"), profile.points],
          [t("earned"), profile.achievements_count],
        ]} />
      </header>
      <div class="columns">
        <${Goals} open=${open} goals=${profile.goals.items} today=${streaks.today} app=${app} onCheckedIn=${loaded.reload} />
        <${Next} waiting=${waiting} />
        <${Calendar} calendar=${streaks.calendar} />
        <${Latest} awards=${profile.achievements.items} />
        <${Seen} preferences=${profile.preferences} />
      </div>
    `}
  <//>`;
}

function Goals({ open, goals, today, app, onCheckedIn }) {
  const done = goals.filter((goal) => goal.status === "completed");
  return html`<${Panel} title=${t("goals")}>
    ${open.length ? html`<ul class="goals">${open.map((goal) => html`<${Goal} key=${goal.goal_id} ...${{ goal, today, app, onCheckedIn }} />`)}</ul>` : html`<p class="aside">${t("noGoals")}</p>`}
    ${done.length > 0 && html`<p class="aside">${t("goalsDone", { titles: done.map((goal) => goal.title).join(", ") })}</p>`}
  <//>`;
}

function Goal({ goal, today, app, onCheckedIn }) {
  const [isDone, setDone] = useState(Boolean(goal.checked_in_today));
  const [isBusy, setBusy] = useState(false);
  async function checkIn() {
    setBusy(true);
    const made = await app.attempt(() => call(at`/users/me/goals/${goal.goal_id}/check-ins`, "POST", {}));
    setBusy(false);
    if (!made) return;
    setDone(true);
    app.say(t("checkedInFor", { title: goal.title }));
    onCheckedIn();
  }
  const about = [];
  if (goal.target) about.push(`${named(goal.target.metric)}: ${number(goal.target.value)}`);
  if (goal.due_date) about.push(t(goal.due_date < today ? "overdue" : "due", { date: day(goal.due_date) }));
  if (goal.streak_count) about.push(t("runs", { n: goal.streak_count }));
  return html`<li data-goal=${goal.goal_id}>
    <div>
      <h3>${goal.title}</h3>
      ${about.length > 0 && html`<p class="aside">${about.join(" · ")}</p>`}
      ${goal.progress !== null && html`<p class="way"><${Progress} value=${goal.progress} max="100" label=${goal.title} /><span>${number(goal.progress)} %</span></p>`}
    </div>
    ${isDone ? html`<p class="done">${t("checkedIn")}</p>` : html`<button onClick=${checkIn} disabled=${isBusy} aria-label=${t("checkInFor", { title: goal.title })}>${t("checkIn")}</button>`}
  </li>`;
}

/** The points of an achievement, and how many learners have it. */
function worth({ points, rarity }) {
  const share = rarity && t("rarityShare", { share: Math.round(rarity.share) });
  return [t("points", { n: points }), share].filter(Boolean).join(" · ");
}

/** The nearest first: by the part of the way that is done, then those that most learners have. */
function Next({ waiting }) {
  const part = ({ progress }) => Math.min(...progress.conditions.map(({ value, target }) => value / target));
  const share = (award) => award.progress.conditions.reduce((sum, { value, target }) => sum + value / target, 0) / award.progress.conditions.length;
  const common = ({ rarity }) => rarity?.share ?? 0;
  const nearest = [...waiting].sort((a, b) => share(b) - share(a) || part(b) - part(a) || common(b) - common(a) || b.points - a.points).slice(0, 4);
  return html`<${Panel} title=${t("next")}>
    ${nearest.length ? html`<ul class="next">${nearest.map((award) => html`<li key=${award.code} data-code=${award.code}>
      <h3>${award.title} <small>${worth(award)}</small></h3>
      <p class="aside">${award.description}</p>
      <p class="way">
        <${Progress} value=${award.progress.value} max=${award.progress.target} label=${award.title} />
        <span>${t("outOf", { value: award.progress.value, target: award.progress.target })}</span>
      </p>
    </li>`)}</ul>` : html`<p class="aside">${t("noNext")}</p>`}
  <//>`;
}

function Latest({ awards }) {
  return html`<${Panel} title=${t("latest")}>
    ${awards.length ? html`<ul class="lines">${awards.slice(0, 5).map((award) => html`<li key=${award.code} data-award=${award.code}>
      <span>${award.title}</span><small>${day(award.awarded_at)}</small>
    </li>`)}</ul>` : html`<p class="aside">${t("noneEarned")}</p>`}
  <//>`;
}

export const LEVELS = { public: "public", users: "usersOnly", private: "private" };
export const LISTINGS = { shown: "shown", anonymous: "anonymously", hidden: "hidden" };

function Seen({ preferences }) {
  const values = { profile: t(LEVELS[preferences.visibility.profile]), boards: t(LISTINGS[preferences.leaderboards]) };
  return html`<${Panel} title=${t("seen")} aside=${html`<a href="#privacy">${t("change")}</a>`}>
    <p>${t("seenText", values)}</p>
  <//>`;
}
