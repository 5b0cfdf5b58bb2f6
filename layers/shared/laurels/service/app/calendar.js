// A year of days as a table: a column per week, a row per weekday.

import { html } from "./vendor/htm-preact-3.1.1.js";
import { Panel, Scrolling } from "./parts.js";
import { day, t } from "./texts.js";

const DAY = 24 * 3600 * 1000;

function isoDay(time) {
  return new Date(time).toISOString().slice(0, 10);
}

/** Return the weeks, Monday first: each a list of seven dates, null outside the calendar. */
export function weeksOf(from, to) {
  const first = Date.parse(from);
  const last = Date.parse(to);
  const weeks = [];
  let start = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY;
  for (; start <= last; start += 7 * DAY) {
    const week = [0, 1, 2, 3, 4, 5, 6].map((weekday) => start + weekday * DAY);
    weeks.push(week.map((time) => (time < first || time > last ? null : isoDay(time))));
  }
  return weeks;
}

/** Return the months with the number of weeks that begin in each. */
function monthsOf(weeks) {
  const months = [];
  for (const week of weeks) {
    const first = week.find(Boolean);
    const latest = months.at(-1);
    if (latest && latest.name === first.slice(0, 7)) latest.weeks += 1;
    else months.push({ name: first.slice(0, 7), weeks: 1 });
  }
  return months;
}

export function Calendar({ calendar }) {
  const kinds = new Map();
  for (const kind of ["frozen", "active", "awards"]) {
    for (const date of calendar[kind] || []) kinds.set(date, kind);
  }
  const names = { frozen: t("frozen"), active: t("active"), awards: t("awarded"), none: t("noActivity") };
  const weeks = weeksOf(calendar.from, calendar.to);
  const counted = [t("activeDays", { n: calendar.active.length })];
  if (calendar.awards?.length) counted.push(t("awardDays", { n: calendar.awards.length }));
  if (calendar.frozen.length) counted.push(t("frozenDays", { n: calendar.frozen.length }));
  const legend = ["none", "frozen", "active", "awards"];
  return html`<${Panel} title=${t("year")} wide aside=${html`<p class="aside">${counted.join(" · ")}</p>`}>
    <${Scrolling} label=${t("year")} isAtEnd>
      <table class="calendar">
        <caption class="unseen">${t("year")}: ${counted.join(", ")}. ${t("calendarHint")}</caption>
        <thead>
          <tr>
            <td></td>
            ${monthsOf(weeks).map(({ name, weeks: span }) => html`<th key=${name} scope="colgroup" colspan=${span}>
              ${span > 1 ? day(name + "-01", { month: "short" }) : html`<span class="unseen">${day(name + "-01", { month: "short" })}</span>`}
            </th>`)}
          </tr>
        </thead>
        <tbody>
          ${[0, 1, 2, 3, 4, 5, 6].map((weekday) => html`<tr key=${weekday}>
            <th scope="row">${day(isoDay((weekday + 4) * DAY), { weekday: "short" })}</th>
            ${weeks.map((week) => week[weekday]).map((date, index) => {
              if (!date) return html`<td key=${index}></td>`;
              const kind = kinds.get(date) || "none";
              const text = `${day(date)}: ${names[kind]}`;
              return html`<td key=${index} class=${kind} data-date=${date} title=${text}><span class="unseen">${text}</span></td>`;
            })}
          </tr>`)}
        </tbody>
      </table>
    <//>
    <ul class="legend">${legend.map((kind) => html`<li key=${kind}><i class=${kind}></i>${names[kind]}</li>`)}</ul>
  <//>`;
}
