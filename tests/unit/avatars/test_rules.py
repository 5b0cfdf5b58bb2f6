"""Which avatar is shown, and which objects are deleted, for any uploads in any order."""

from hypothesis import given
from hypothesis import strategies as st

from laurels import keys
from laurels.avatars import rules
from laurels.avatars.models import SIZES

# Few values, so that duplicates are common.
uploads = st.builds(lambda moment, form: f"{moment:012x}{form:04x}{0:016x}", st.integers(1, 3), st.integers(0, 1))
bodies = st.sampled_from([b"one", b"two", b"three"])


def names(avatar_id: str) -> set[str]:
    return {keys.avatar("42", avatar_id, size) for size in SIZES}


@given(uploads, bodies)
def test_an_avatar_id_depends_on_the_upload_and_its_content(upload: str, body: bytes) -> None:
    assert rules.avatar_id(upload, body) == rules.avatar_id(upload, body)
    assert rules.avatar_id(upload, body) != rules.avatar_id(upload, body + b"!")
    assert len(rules.avatar_id(upload, body)) == 32


@given(st.lists(st.tuples(uploads, bodies)))
def test_the_newest_upload_is_shown_in_any_order_of_arrival(arrivals: list[tuple[str, bytes]]) -> None:
    profile: dict[str, str] = {}
    for upload, body in arrivals:
        if rules.may_show(upload, profile):
            profile["avatar_id"] = rules.avatar_id(upload, body)
        assert not rules.may_show(upload, profile), "an avatar that is shown must not be shown again"
    if arrivals:
        assert profile["avatar_id"][:16] == max(upload for upload, _ in arrivals)[:16]


@given(st.lists(st.tuples(uploads, bodies), min_size=1), st.data())
def test_deleted_objects_are_never_those_shown_or_newer(made: list[tuple[str, bytes]], data: st.DataObject) -> None:
    ids = [rules.avatar_id(*each) for each in made]
    found = sorted({name for each in ids for name in names(each)})
    current, (own, _) = data.draw(st.sampled_from(["", *ids])), data.draw(st.sampled_from(made))
    gone = rules.outdated(found, "42", current, own)
    stays = [name for name in found if name not in gone]
    assert not names(current) & set(gone)
    for each in ids:
        expected = each == current or (each[:16] > current[:16] and each[:16] != own[:16])
        assert names(each) <= set(stays if expected else gone)


def test_missing_and_erased_users_show_no_avatar() -> None:
    upload = "1" * 32
    for profile in (None, {"erased_at": "2026-11-20T18:22:05.000Z", "avatar_id": "0" * 32}):
        assert not rules.may_show(upload, profile)
        assert rules.shown(profile) == ""


def test_the_url_of_an_avatar_is_escaped() -> None:
    url = rules.url("https://pictures.example.org/", "auth0|1@x:y", "0" * 32)
    assert url == f"https://pictures.example.org/avatars/auth0%7C1%40x%3Ay/{'0' * 32}/512.webp"
    assert keys.avatar("auth0|1@x:y", "0" * 32, 512).endswith("/512.webp")
