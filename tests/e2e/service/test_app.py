"""GET /v1/app in a browser: what it shows is what the API says, and what is done there is done."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import LIMIT, Service

# The variable names a browser for a machine that has none on its path.
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
# A sandbox needs rights that containers do not have. The page that is tested is our own.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WAIT = LIMIT * 1000  # milliseconds
ME, TEACHER = "reader-of-the-page", "teacher-of-the-page"
NAME = '<img src=x onerror="document.title=1">'
# Chromium reports each 404 of a call as an error, and the page asks for what may not be there.
EXPECTED = "the server responded with a status of 404"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path or in CHROMIUM: the page is not tested"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def learner(stack: Service) -> str:
    """A learner with a goal, an award, an achievement in progress and a place on the boards; return a token."""
    mine, admin = stack.token(ME), stack.admin()
    assert stack.call("GET", "/users/me", mine).status == 200
    assert stack.call("PATCH", "/users/me", mine, {"display_name": NAME}).status == 200
    assert stack.call("POST", "/users/me/goals", mine, {"title": "Read <b>every</b> day"}).status == 201
    draft = {
        "code": "page-reader",
        "points": 40,
        "translations": {"en": {"title": "Reader"}, "ru": {"title": "Читатель"}},
    }
    assert stack.call("POST", "/achievements", admin, draft).status == 201
    counted = {"all": [{"metric": "tests_passed", "op": "gte", "value": 9}]}
    waiting = {"code": "page-tests", "points": 5, "translations": {"en": {"title": "Nine tests"}}, "criteria": counted}
    assert stack.call("POST", "/achievements", admin, waiting).status == 201
    assert stack.call("POST", f"/users/{ME}/achievements", stack.service(), {"code": "page-reader"}).status == 201
    stack.tick()
    return mine


@pytest.fixture(scope="module")
def group(stack: Service, learner: str) -> str:
    """A class of the learner and a teacher; return its path."""
    admin = stack.admin()
    made = stack.call("POST", "/groups", admin, {"kind": "class", "name": "Readers"})
    path = f"/groups/{made.json()['group_id']}"
    for user_id, role in ((ME, "learner"), (TEACHER, "teacher")):
        assert stack.call("PUT", f"{path}/members/{user_id}", admin, {"role": role}).status in (200, 201)
    return path


@contextmanager
def opened(
    browser: Browser, stack: Service, token: str = "", view: str = "", path: str = "app", **about: Any
) -> Iterator[Page]:
    """Open the page, signed in by a link. On leaving, nothing has failed in it and no other host was called."""
    context = browser.new_context(**{"locale": "en-GB", "color_scheme": "light", "reduced_motion": "reduce"} | about)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    faults: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{stack.base_url}/{path}" + (f"#token={token}&view={view}" if token else ""))
    yield page
    context.close()
    assert [fault for fault in faults if EXPECTED not in fault and "status of 403" not in fault] == []
    assert [url for url in asked if not url.startswith((stack.url, "data:", "blob:"))] == []


def loaded(page: Page) -> Page:
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[aria-busy]")).to_have_count(0)
    return page


def test_a_learner_sees_what_the_api_says(browser: Browser, stack: Service, learner: str) -> None:
    profile = stack.call("GET", "/users/me?include=goals", learner).json()
    streaks = stack.call("GET", "/users/me/streaks", learner).json()
    with opened(browser, stack, learner) as page:
        loaded(page)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        loaded(page)
        expect(page.locator(".kicker")).to_contain_text(NAME)
        expect(page.locator("main img")).to_have_count(0)
        figures = dict(zip(page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts(), strict=True))
        assert figures["Points"] == str(profile["points"])
        assert figures["Achievements"] == str(profile["achievements_count"])
        assert page.locator("[data-goal] h3").all_inner_texts() == [goal["title"] for goal in profile["goals"]["items"]]
        expect(page.locator("[data-code=page-tests]")).to_contain_text("0 of 9")
        expect(page.locator("[data-award=page-reader]")).to_contain_text("Reader")
        marked = page.locator(".calendar td.awards, .calendar td.active, .calendar td.frozen")
        days = [each.get_attribute("data-date") for each in marked.all()]
        assert sorted(filter(None, days)) == streaks["calendar"]["active"]
        expect(page.locator(".calendar td[data-date]")).to_have_count(365)
        assert len([url for url in asked if not url.endswith("/app")]) <= 4
        # The token is neither in the address nor in what outlives the tab.
        assert "token" not in page.url
        assert page.evaluate("JSON.stringify(localStorage) + document.cookie") == "{}"


def test_how_many_have_earned_an_achievement_is_shown(browser: Browser, stack: Service, learner: str) -> None:
    assert stack.tick("CountAwards")["users"] > 0
    items = stack.call("GET", "/achievements?limit=100", learner).json()["items"]
    rarity = {each["code"]: each["rarity"] for each in items}
    with opened(browser, stack, stack.admin(), "operator") as page:
        row = loaded(page).locator("tr[data-code=page-reader]")
        expect(row).to_contain_text(f"{rarity['page-reader']['earned_by']} (")
        expect(page.get_by_text(f"of {rarity['page-reader']['users']} users")).to_be_visible()
    with opened(browser, stack, learner) as page:
        share = round(rarity["page-tests"]["share"])
        expect(loaded(page).locator("[data-code=page-tests]")).to_contain_text(f"{share}\u00a0% of learners have it")


def test_a_check_in_counts_and_shows(browser: Browser, stack: Service, learner: str) -> None:
    with opened(browser, stack, learner) as page:
        page.get_by_role("button", name="Check in for Read").click()
        expect(page.locator("[data-goal]")).to_contain_text("1 day in a row")
        expect(page.get_by_role("status")).to_contain_text("Checked in")
        page.reload()  # the API knows that today is done
        expect(loaded(page).locator("[data-goal] .done")).to_have_count(1)
        expect(page.get_by_role("button", name="Check in for Read")).to_have_count(0)
    (goal,) = stack.call("GET", "/users/me/goals", learner).json()["items"]
    assert goal["streak_count"] == 1


def test_a_learner_chooses_who_sees_what_by_keyboard_alone(browser: Browser, stack: Service, learner: str) -> None:
    with opened(browser, stack, learner) as page:
        loaded(page)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        for _ in range(3):  # today, boards, privacy
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Who may see what")
        expect(page.locator("main")).to_be_focused()
        loaded(page)
        page.keyboard.press("Tab")
        expect(page.locator("input[name=profile][value=users]")).to_be_focused()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("status")).to_have_text("Saved.")
        picture = page.get_by_role("img", name="Your card")
        expect(picture).to_be_visible()
        expect(picture).to_have_js_property("naturalWidth", 420)
    chosen = stack.call("GET", "/users/me/preferences", learner).json()["visibility"]
    assert (chosen["profile"], chosen["stats"]) == ("public", "users")


def test_a_board_shows_the_learner_s_own_row(browser: Browser, stack: Service, learner: str) -> None:
    rank = stack.call("GET", "/leaderboards/points/users/me?window=week", learner).json()
    with opened(browser, stack, learner, "boards") as page:
        row = loaded(page).locator("tr.me").first
        assert row.locator("td").all_inner_texts() == [str(rank["rank"]), str(rank["score"])]
        page.get_by_role("button", name="Show the top").click()
        expect(page.get_by_role("button", name="Show my place")).to_be_visible()
        top = stack.call("GET", "/leaderboards/points?window=week&limit=10", learner).json()["items"]
        expect(page.locator(".rows tbody tr")).to_have_count(len(top))


def test_an_admin_awards_by_hand_and_edits_the_catalogue(browser: Browser, stack: Service, learner: str) -> None:
    with opened(browser, stack, stack.admin()) as page:
        expect(loaded(page).locator("h1")).to_have_text("The platform")
        users = stack.call("GET", "/stats", stack.admin()).json()["users"]
        assert page.locator("dd").first.inner_text() == str(users)
        page.get_by_label("To (User id)").fill(ME)
        page.get_by_role("combobox", name="Achievement").select_option("page-tests")
        page.get_by_role("button", name="Award").click()
        expect(page.get_by_role("status")).to_contain_text("Nine tests")
        page.get_by_role("button", name="Edit Nine tests").click()
        page.get_by_label("Title, English").fill("Nine or more")
        page.get_by_label("Points", exact=True).fill("7")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("tr[data-code=page-tests]")).to_contain_text("Nine or more")
    changed = stack.call("GET", "/achievements/page-tests", stack.admin()).json()
    assert (changed["title"], changed["points"]) == ("Nine or more", 7)
    assert changed["criteria"]["all"] == [{"metric": "tests_passed", "op": "gte", "value": 9}]
    with opened(browser, stack, learner) as page:
        expect(loaded(page).locator("[data-award=page-tests]")).to_contain_text("Nine or more")


def test_an_edit_keeps_a_condition_whose_metric_the_page_does_not_list(browser: Browser, stack: Service) -> None:
    admin = stack.admin()
    metric = {"metric": "page_zeal", "kind": "counter", "translations": {"en": {"title": "Zeal"}}}
    assert stack.call("POST", "/metrics", admin, metric).status == 201
    both = [{"metric": name, "op": "gte", "value": 9} for name in ("tests_passed", "page_zeal")]
    draft = {
        "code": "page-zealous",
        "points": 5,
        "translations": {"en": {"title": "Zealous"}},
        "criteria": {"all": both},
    }
    assert stack.call("POST", "/achievements", admin, draft).status == 201
    with opened(browser, stack, admin) as page:
        listed = stack.call("GET", "/metrics", admin).json()
        listed["items"] = [each for each in listed["items"] if each["metric"] != "page_zeal"]
        page.route("**/v1/metrics?*", lambda route: route.fulfill(json=listed))
        page.reload()
        loaded(page).get_by_role("button", name="Edit Zealous").click()
        page.get_by_label("Points", exact=True).fill("7")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("dialog")).to_have_count(0)
    changed = stack.call("GET", "/achievements/page-zealous", admin).json()
    assert (changed["points"], changed["criteria"]["all"]) == (7, both)


def test_a_learner_with_many_goals_sees_each_open_one(browser: Browser, stack: Service) -> None:
    busy = stack.token("page-busy")
    for number in range(21):
        assert stack.call("POST", "/users/me/goals", busy, {"title": f"Goal {number}"}).status == 201
    with opened(browser, stack, busy) as page:
        expect(loaded(page).locator("[data-goal]")).to_have_count(21)


def test_an_admin_defines_a_metric(browser: Browser, stack: Service) -> None:
    with opened(browser, stack, stack.admin()) as page:
        panel = loaded(page).get_by_role("region", name="Metrics").first
        panel.get_by_role("button", name="Add").click()
        page.get_by_label("Code").fill("pages_read")
        page.get_by_label("Title, English").fill("Pages read")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("tr[data-metric=pages_read]")).to_contain_text("Pages read")
    assert stack.call("GET", "/metrics/pages_read").json()["title"] == "Pages read"


def test_a_learner_sees_the_board_of_each_group(browser: Browser, stack: Service, learner: str, group: str) -> None:
    board = stack.call("GET", f"{group}/leaderboard?around=me", learner).json()
    with opened(browser, stack, learner, "boards") as page:
        panel = loaded(page).get_by_role("region", name="Your groups")
        expect(panel.locator("tr.me")).to_have_count(1)
        assert panel.locator("tr.me td").all_inner_texts() == [str(board["me"]["rank"]), str(board["me"]["score"])]
        known = [each["board"] for each in stack.call("GET", "/leaderboards").json()["items"]]
        offered = panel.get_by_label("Board").locator("option")
        assert [each.get_attribute("value") for each in offered.all()] == known


def test_a_teacher_sees_the_roster_and_turns_the_board_off(browser: Browser, stack: Service, group: str) -> None:
    admin, teacher = stack.admin(), stack.token(TEACHER)
    assert stack.call("PATCH", "/achievements/page-reader", admin, {"by_teachers": True}).status == 200
    with opened(browser, stack, teacher, "classes") as page:
        (row,) = stack.call("GET", f"{group}/report", teacher).json()["items"]
        cells = loaded(page).locator(f"tr[data-user={ME}]")
        expect(cells).to_contain_text(row["display_name"])
        expect(cells).to_contain_text(str(row["month"]["points"]))
        page.locator("input[name=board][value=off]").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
        cells.get_by_role("checkbox").check()
        page.get_by_role("combobox", name="Achievement").select_option("page-reader")
        page.get_by_role("button", name="Award").click()
        expect(page.get_by_role("status")).to_contain_text("Awarded to 1 learner.")
    assert stack.call("GET", group, admin).json()["board"] == "off"


def test_the_documentation_makes_a_call_with_a_token(browser: Browser, stack: Service, learner: str) -> None:
    with opened(browser, stack, path="docs") as page:
        page.locator(".auth-wrapper .authorize").first.click()
        page.locator(".auth-container input").first.fill(learner)
        page.locator(".auth-btn-wrapper .authorize").first.click()
        page.locator(".auth-btn-wrapper .btn-done").first.click()
        call = page.locator("#operations-profiles-get_me")
        call.locator(".opblock-summary-control").click()
        call.get_by_role("button", name="Try it out").click()
        call.get_by_role("button", name="Execute").click()
        expect(call.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
        expect(call.locator(".live-responses-table")).to_contain_text(ME)


@pytest.mark.parametrize(
    ("ttl", "says"),
    [(-1000, "This token has expired"), (None, "The service refuses this token")],
    ids=["expired", "bad"],
)
def test_a_bad_token_gets_a_clear_message(browser: Browser, stack: Service, ttl: int | None, says: str) -> None:
    token = stack.token(ME, ttl=ttl) if ttl else stack.token(ME)[:-3] + "abc"
    with opened(browser, stack, token) as page:
        expect(page.get_by_role("alert")).to_contain_text(says)
        page.get_by_label("Token").fill("nonsense")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("That is no token")
        pasted = stack.token("pasted")
        page.get_by_label("Token").fill(f" {pasted[:70]} {pasted[70:]}")  # as a terminal wraps it
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".hero h1")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize("view", ["today", "boards", "privacy", "classes", "operator"])
def test_a_view_is_accessible_on_a_phone_in_russian_and_in_the_dark(
    browser: Browser, stack: Service, learner: str, view: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci --prefix tests/e2e/service")
    token = {"operator": stack.admin(ME), "classes": stack.token(TEACHER)}.get(view, learner)
    about: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "ru-RU", "color_scheme": "dark"}
    with opened(browser, stack, token, view, **about) as page:
        loaded(page)
        assert page.evaluate("document.documentElement.lang") == "ru"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
        for theme in ("dark", "light"):
            page.locator(f"input[name=theme][value={theme}]").click()
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
