"""GET /v1/users/search among thousands of users."""

from collections import Counter
from collections.abc import Iterator

import boto3
import pytest

from laurels import keys
from laurels.people import names
from local.template.application import Application
from profiles import search_profiles
from tests.dynamodb_local import server
from tests.integration.conftest import _schema
from tests.integration.profiles.people import BORIS, join_many, pages
from tests.integration.recorder import Recorder
from tests.sizes import sized

pytestmark = server.needed

FIRST = ["Мария", "Élodie", "Иван", "Łukasz", "Anna", "Ivan", "김민수", "Søren"]
LAST = ["Иванов", "Ivanova", "Durand", "Smith", "O'Brien", "Żółć", "Đặng", "Ånstrøm"]


@pytest.fixture
def crowd(application: Application, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Their names by id. They have a DynamoDB Local of their own: once it has deleted a table of that size, each
    transaction takes it a third of a second."""
    members = {f"u{n:05}": f"{FIRST[n % 8]} {LAST[n // 8 % 8]}" for n in range(sized(2_000, 10_000))}
    with server.running() as url:
        client = boto3.client("dynamodb", endpoint_url=url)
        client.create_table(TableName="crowd", **_schema(application.tables["Table"].properties))
        monkeypatch.setenv("TABLE_NAME", "crowd")
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        join_many("crowd", members)
        yield members


def test_a_page_of_thousands_of_users_is_a_query_of_each_partition_and_one_request_for_profiles(
    crowd: dict[str, str], calls: Recorder
) -> None:
    for q, limit in (("iv", "100"), ("ив", "20"), ("elodie", "100"), ("anna smith", "20"), ("bri", "20")):
        asked = names.searched(q)
        expected = {who for who, name in crowd.items() if names.matches(asked, names.words(name))}
        seen: Counter[str] = Counter()
        calls.made.clear()
        for number, page in enumerate(pages(search_profiles.handler, BORIS, q=q, limit=limit), start=1):
            seen.update(item["user_id"] for item in page.body["items"])
            assert calls.operations() == [*["query"] * keys.NAME_SHARDS, "batch_get_item"] * number
            if page.body["next_cursor"]:
                assert len(page.body["items"]) == int(limit) or " " in q
        assert seen == Counter(expected)
