"""The pages of GET /v1/users are those of one plain list, whatever users come, change and go between two pages."""

from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from laurels import keys
from laurels import table as door
from laurels.callers import Caller, Grant
from laurels.paging import PageQuery
from laurels.people import directory
from laurels.people import service as people
from laurels.profiles import service
from laurels.profiles.models import Order, ProfileFilter
from laurels.writes import Item, Put, Write
from tests.contents import clear
from tests.sizes import sized

READER = Caller(sub="a-service", grants=frozenset({Grant.USERS_READ}))


class About(NamedTuple):
    second: int  # of the profile's creation
    is_active: bool


Users = Mapping[str, About]
# So many users of one partition that a page does not read all of them.
CROWD = [each for each in map(str, range(1200)) if keys.user_by_id(each).PK == keys.user_by_id("0").PK][:40]
IDS = ["anna", "Anna", "auth0|1", "-", "z@example.org", *CROWD[:4]]
MANY = dict.fromkeys(CROWD, About(1, is_active=False)) | dict.fromkeys(["anna", max(CROWD)], About(0, is_active=True))

populations = st.dictionaries(st.sampled_from(IDS), st.builds(About, st.integers(0, 3), st.booleans()))


def profile(user_id: str, about: About) -> Item:
    # A name of one letter has no words that could be searched for.
    return people.fresh(user_id) | {"display_name": "X", "created_at": second(about), "is_active": about.is_active}


def second(about: About) -> str:
    return f"2026-11-20T06:00:{about.second:02}.000Z"


def store(before: Users, after: Users) -> None:
    """Write the difference between two populations, 30 users in a transaction."""
    changed = [user_id for user_id in {**before, **after} if before.get(user_id) != after.get(user_id)]
    for start in range(0, len(changed), 30):
        writes: dict[keys.Key, Write] = {}
        for user_id in changed[start : start + 30]:
            old, new = before.get(user_id), after.get(user_id)
            if old:
                writes |= {each.key: each for each in people.removal(profile(user_id, old))}
            if new:
                item = profile(user_id, new)
                writes |= {each.key: each for each in (Put(item), *directory.new(item))}
        door.write(*writes.values())


def in_order(users: Users, order: Order) -> list[tuple[str, str]]:
    """The plain list: the position of each user, and the id."""
    places = {user_id: f"{second(about)}#{user_id}" for user_id, about in users.items()}
    if order is Order.ID:
        return [(user_id, user_id) for user_id in sorted(users)]
    return sorted(((place, user_id) for user_id, place in places.items()), reverse=True)


def is_beyond(place: str, position: str, order: Order) -> bool:
    return place > position if order is Order.ID else place < position


def test_pages_are_those_of_a_plain_list(dynamodb_client: Any, table: str) -> None:
    @settings(max_examples=sized(3, 100))
    @given(
        st.lists(populations, min_size=1, max_size=4),
        st.sampled_from(Order),
        st.sampled_from([None, True, False]),
        st.sampled_from([1, 2, 5]),
    )
    @example([MANY, {**MANY, "Anna": About(3, is_active=True)}], Order.NEWEST, None, 20)
    @example([MANY], Order.ID, True, 1)
    def holds(populations: list[Users], order: Order, is_active: bool | None, limit: int) -> None:
        clear(dynamodb_client, table)
        stayed = {user_id for user_id in populations[0] if len({each.get(user_id) for each in populations}) == 1}
        users: Users = {}
        position, listed = None, list[str]()
        for following in chain(populations, repeat(populations[-1])):  # one for each page, then the last one
            store(users, following)
            users = following
            wanted = ProfileFilter(order=order, is_active=is_active)
            page = service.list_all(wanted, PageQuery(limit=limit, cursor=position), READER)
            found = [each.user_id for each in page.items]
            listed += found
            assert found == [
                user_id
                for place, user_id in in_order(users, order)
                if (position is None or is_beyond(place, position, order))
                and (page.next_cursor is None or not is_beyond(place, page.next_cursor, order))
                and is_active in (None, users[user_id].is_active)
            ]
            assert len(found) <= limit
            if page.next_cursor is None:
                break
            assert is_active is not None or len(found) == limit
            assert page.next_cursor != position
            position = page.next_cursor
        plain = [user_id for _, user_id in in_order(users, order) if is_active in (None, users[user_id].is_active)]
        assert [each for each in listed if each in stayed] == [each for each in plain if each in stayed]

    holds()
