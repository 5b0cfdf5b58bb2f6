// The page: sign in, choose a view, a language and a theme.

import { html, render, useEffect, useRef, useState } from "./vendor/htm-preact-3.1.1.js";
import { claims, find, forgetToken, hasExpired, isAdmin, keepToken, takeToken, token } from "./api.js";
import { Boards } from "./boards.js";
import { Classes } from "./classes.js";
import { Operator } from "./operator.js";
import { Choice, Field, reason } from "./parts.js";
import { Privacy } from "./privacy.js";
import { chooseLanguage, currentLanguage, languages, speak, t } from "./texts.js";
import { Today } from "./today.js";

const VIEWS = { today: Today, boards: Boards, privacy: Privacy, classes: Classes, operator: Operator };
const THEME = "laurels.theme";

function viewInAddress() {
  const name = location.hash.slice(1);
  return name in VIEWS ? name : isAdmin() ? "operator" : "today";
}

function applyTheme() {
  const chosen = sessionStorage.getItem(THEME);
  if (chosen) document.documentElement.dataset.theme = chosen;
}

function App() {
  const [isSignedIn, setSignedIn] = useState(Boolean(token()));
  const [view, setView] = useState(viewInAddress());
  const [groups, setGroups] = useState();
  const [said, setSaid] = useState("");
  const [notice, setNotice] = useState("");
  const [, redraw] = useState(0);

  function signOut(why) {
    forgetToken();
    setGroups();
    setNotice(why);
    setSignedIn(false);
  }
  function failed(error) {
    if (error.signedOut) signOut(t(hasExpired() ? "tokenExpired" : "tokenRefused"));
  }
  const app = {
    groups,
    changeGroup: (group) => setGroups(groups.map((each) => (each.group_id === group.group_id ? group : each))),
    say: setSaid,
    failed,
    /** Do something and return its result; say why if it fails, and return nothing. */
    attempt: async (work) => {
      setSaid("");
      try {
        return (await work()) ?? true;
      } catch (error) {
        failed(error);
        setSaid(reason(error));
      }
    },
  };

  useEffect(() => {
    function follow() {
      const isNew = new URLSearchParams(location.hash.slice(1)).has("token");
      takeToken(); // a link that signs in may be opened in a tab where the page is open already
      if (isNew) location.reload();
      setView(viewInAddress());
      setSaid("");
    }
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    if (!isSignedIn) return;
    if (hasExpired()) return signOut(t("tokenExpired"));
    find("/users/me/groups?limit=100").then((page) => setGroups(page?.items || []), failed);
  }, [isSignedIn]);
  useEffect(() => {
    document.title = isSignedIn ? `${t(view)} – Laurels` : "Laurels";
  });

  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) document.getElementById("content").focus(); // so that a screen reader hears the new view
    isFirst.current = false;
  }, [view, isSignedIn]);

  const View = VIEWS[view];
  const bar = html`<${Bar} ...${{ isSignedIn, view, groups }} onChange=${() => redraw(Math.random())} onSignOut=${() => signOut("")} />`;
  return html`
    <a class="skip" href="#content" onClick=${skip}>${t("skip")}</a>
    ${bar}
    <main id="content" tabindex="-1">
      ${isSignedIn ? html`<${View} key=${view} app=${app} />` : html`<${SignIn} notice=${notice} onSignIn=${() => {
        setNotice("");
        setSignedIn(true);
        setView(viewInAddress());
      }} />`}
    </main>
    <p class=${said ? "said" : "said unseen"} role="status">${said}</p>
  `;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

function Bar({ isSignedIn, view, groups, onChange, onSignOut }) {
  const teaches = (groups || []).some((group) => group.role === "teacher");
  const shown = Object.keys(VIEWS).filter((name) => (name !== "classes" || teaches) && (name !== "operator" || isAdmin()));
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = document.documentElement.dataset.theme || system;
  return html`<header class="bar">
    <p class="mark"><${Mark} /><span>Laurels</span></p>
    ${isSignedIn && html`<nav aria-label=${t("sections")}>${shown.map((name) => html`<a key=${name} href=${"#" + name} aria-current=${name === view ? "page" : undefined}>${t(name)}</a>`)}</nav>`}
    <div class="settings">
      <${Choice} isQuiet label=${t("language")} name="language" value=${currentLanguage()}
        options=${languages().map((tag) => [tag, tag.toUpperCase()])}
        onChoose=${(tag) => {
          chooseLanguage(tag);
          onChange();
        }} />
      <${Choice} isQuiet label=${t("theme")} name="theme" value=${theme} options=${["light", "dark"].map((each) => [each, t(each)])}
        onChoose=${(each) => {
          sessionStorage.setItem(THEME, each);
          applyTheme();
          onChange();
        }} />
      ${isSignedIn && html`<button class="quiet" onClick=${onSignOut}>${t("signOut")}</button>`}
    </div>
  </header>`;
}

function Mark() {
  const turns = [-158, -128, -98, -68, -38];
  const branch = turns.map((turn) => html`<path d="M0 0C-5-2-5-8 0-11 5-8 5-2 0 0Z" transform=${`rotate(${turn}) translate(0 -14) rotate(48)`} />`);
  return html`<svg viewBox="-24 -24 48 48" width="34" height="34" aria-hidden="true">${branch}<g transform="scale(-1 1)">${branch}</g></svg>`;
}

function SignIn({ notice, onSignIn }) {
  const [fault, setFault] = useState("");
  function signIn(event) {
    event.preventDefault();
    keepToken(new FormData(event.target).get("token"));
    if (claims()) return onSignIn();
    forgetToken();
    setFault(t("noToken"));
  }
  return html`<div class="sign-in">
    <h1 tabindex="-1">${t("signInTitle")}</h1>
    <p>${t("signInText")}</p>
    ${(fault || notice) && html`<p class="notice" role="alert">${fault || notice}</p>`}
    <form onSubmit=${signIn}>
      <${Field} label=${t("token")}><textarea name="token" required rows="4" spellcheck="false" autocomplete="off"></textarea><//>
      <button>${t("signIn")}</button>
    </form>
    <p class="aside">${t("forLocal")}</p>
  </div>`;
}

takeToken();
speak(navigator.languages);
applyTheme();
render(html`<${App} />`, document.getElementById("app"));
