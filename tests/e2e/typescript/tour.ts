// The tour of README.md, with types from openapi.json: a field that the document does not have does not compile.
// Arguments: the service's URL, a learner's id and token, a service's token. Prints what it has learnt as JSON.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[] };
type Schemas = components["schemas"];

const [url = "", id = "", learnersToken = "", servicesToken = ""] = process.argv.slice(2);
const as = (token: string) => createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
const learner = as(learnersToken);
const service = as(servicesToken);
const everybody = createClient<paths>({ baseUrl: url });
const user = { path: { user_id: id } };

/** The answer's body; an error, such as a problem with its `code`, is thrown. */
function got<Body>({ data, error }: { data?: Body; error?: unknown }): Body {
  if (error !== undefined || data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

const me: Schemas["OwnProfile"] = got(await learner.GET("/v1/users/me"));
await learner.PATCH("/v1/users/{user_id}", {
  params: user,
  body: { display_name: "Ada Lovelace", language: "ru" },
}).then(got);
const preferences = got(
  await learner.PATCH("/v1/users/{user_id}/preferences", {
    params: user,
    body: { timezone: "Europe/London", visibility: { goals: "users" } },
  }),
);
const found = got(await learner.GET("/v1/users/search", { params: { query: { q: "lov" } } }));
const catalogue = got(await everybody.GET("/v1/achievements", { params: { query: { lang: "ru" } } }));
const award: Schemas["Award"] = got(
  await service.POST("/v1/users/{user_id}/achievements", {
    params: user,
    body: { code: "typed", title: "Typed", points: 10 },
  }),
);
const update = got(
  await service.POST("/v1/users/{user_id}/stats/updates", {
    params: user,
    body: {
      event_id: "hw-1",
      source: "homework-service",
      occurred_at: new Date().toISOString(),
      increments: { homeworks_completed: 1 },
    },
  }),
);
const goal = got(
  await learner.POST("/v1/users/{user_id}/goals", {
    params: { ...user, header: { "Idempotency-Key": "the-tour" } },
    body: { title: "Read" },
  }),
);
const checked = got(
  await learner.POST("/v1/users/{user_id}/goals/{goal_id}/check-ins", {
    params: { path: { user_id: "me", goal_id: goal.goal_id } },
    body: {},
  }),
);
const stats: Schemas["Stats"] = got(await learner.GET("/v1/users/{user_id}/stats", { params: user }));
const board = got(
  await learner.GET("/v1/leaderboards/{board}", { params: { path: { board: "points" }, query: { limit: 5 } } }),
);
const summary = got(await learner.GET("/v1/stats"));

const refused = await learner.POST("/v1/users/{user_id}/achievements", { params: user, body: { code: "typed" } });
const forbidden = refused.error !== undefined && "code" in refused.error ? refused.error.code : "";
const unnamed = await everybody.GET("/v1/users/me");
const unauthorized = unnamed.error !== undefined && "message" in unnamed.error ? unnamed.error.message : "";

console.log(
  JSON.stringify({
    user_id: me.user_id,
    timezone: preferences.timezone,
    found: found.items.map((each) => each.user_id),
    titles: catalogue.items.map((each) => each.title),
    award: [award.code, award.already_awarded],
    event_id: update.event_id,
    checked_in_today: checked.checked_in_today,
    points: stats.points,
    places: board.items.length,
    users: summary.users,
    forbidden,
    unauthorized,
  }),
);
