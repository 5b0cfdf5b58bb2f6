// Texts, numbers and times in the reader's language.

import { english } from "./english.js";
import { russian } from "./russian.js";

const KEY = "laurels.language";
const LANGUAGES = { en: english, ru: russian };
let language = "en";

export function languages() {
  return Object.keys(LANGUAGES);
}

export function currentLanguage() {
  return language;
}

/** Speak the language chosen before, else the first of `wished` (tags such as `ru-RU`) that there is. */
export function speak(wished) {
  const tags = [sessionStorage.getItem(KEY), ...wished].filter(Boolean);
  language = tags.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) || "en";
  document.documentElement.lang = language;
}

/** The reader's own form of the language, such as `en-GB`: it decides how dates and numbers are written. */
function locale() {
  return navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() === language) || language;
}

export function chooseLanguage(tag) {
  sessionStorage.setItem(KEY, tag);
  speak([]);
}

/** Return the text of that name with its {places} filled. With `n` it is the plural form of that number. */
export function t(name, values = {}) {
  const found = LANGUAGES[language][name] ?? english[name] ?? name;
  const form = new Intl.PluralRules(language).select(values.n);
  const text = typeof found === "string" ? found : (found[form] ?? found.other);
  return text.replace(/\{(\w+)\}/g, (_, key) => (typeof values[key] === "number" ? number(values[key]) : values[key]));
}

/** The name of a value of the API, such as a board or a metric; the value itself where there is no name for it. */
export function named(value) {
  const names = { points: "points_", homeworks_completed: "homeworks", tests_passed: "tests", completed_courses: "courses" };
  const found = LANGUAGES[language][names[value] || value];
  return typeof found === "string" ? found : value.replaceAll("_", " ");
}

export function number(value) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(value);
}

/** A date (2026-11-29) as readers write it; `about` are options of Intl.DateTimeFormat. */
export function day(date, about = { day: "numeric", month: "long" }) {
  return new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...about }).format(new Date(date));
}

export function moment(time, timeZone) {
  const about = { day: "numeric", month: "long", hour: "numeric", minute: "2-digit", timeZone };
  return new Intl.DateTimeFormat(locale(), about).format(new Date(time));
}

/** How long ago or ahead: "3 minutes ago", "in 2 days". */
export function ago(time) {
  const minutes = (new Date(time) - Date.now()) / 60000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (Math.abs(minutes) < 60) return format.format(Math.round(minutes), "minute");
  if (Math.abs(minutes) < 48 * 60) return format.format(Math.round(minutes / 60), "hour");
  return format.format(Math.round(minutes / 1440), "day");
}
