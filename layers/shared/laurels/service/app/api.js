// The API of the page's own origin, called with the token of whoever is signed in.

const KEY = "laurels.token"; // in sessionStorage, which ends with the tab

/** A call that the API did not accept. `signedOut`: the gateway refused the token itself. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.detail || body.message || `HTTP ${status}`);
    this.status = status;
    this.code = body.code || "";
    this.fields = body.errors || [];
    // The gateway's own answers have no code: 401 without a token, 403 with one that is refused.
    this.signedOut = status === 401 || (status === 403 && !this.code);
  }
}

/** Take the token out of the fragment (`#token=…`), so that it is neither in the address bar nor in the history. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("token")) {
    keepToken(given.get("token"));
    history.replaceState(null, "", location.pathname + "#" + (given.get("view") || ""));
  }
}

export function keepToken(token) {
  sessionStorage.setItem(KEY, token.replace(/\s+/g, "")); // one that is copied from a terminal may be wrapped
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}

export function token() {
  return sessionStorage.getItem(KEY) || "";
}

/** Return what the token says, without trusting it: the API decides. Null if it is no JWT. */
export function claims() {
  try {
    const part = token().split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (byte) => byte.charCodeAt(0))));
  } catch {
    return null;
  }
}

/** True if any claim of the token is, or lists, the role `admin`: the claim's name is a setting of the service. */
export function isAdmin() {
  return Object.values(claims() || {}).some((value) => value === "admin" || (Array.isArray(value) && value.includes("admin")));
}

export function hasExpired() {
  const ends = (claims() || {}).exp;
  return typeof ends === "number" && ends * 1000 < Date.now();
}

/** Call the API and return its JSON. `path` is relative to /v1; parts of it go through `at`. Throws Refused. */
export async function call(path, method = "GET", body = undefined) {
  const response = await send(path, method, body, "application/json");
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** The same for what may not be there: null for 404. */
export async function find(path) {
  try {
    return await call(path);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

export async function download(path, type, name) {
  const response = await send(path, "GET", undefined, type);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function send(path, method, body, accept) {
  const headers = { Authorization: `Bearer ${token()}`, Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const content = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch("/v1" + path, { method, headers, body: content });
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
  return response;
}

/** A path from its parts, each escaped: at`/users/${id}/goals`. */
export function at(texts, ...parts) {
  return texts.reduce((path, text, index) => path + encodeURIComponent(parts[index - 1]) + text);
}
