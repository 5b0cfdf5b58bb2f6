"""What a caller may do, for themself and for others."""

import pytest

from laurels.callers import RESERVED_IDS, Caller, Grant
from laurels.errors import Forbidden, NotFound, Unauthenticated

ANNA = Caller("anna")
ADMIN = Caller("admin", frozenset({Grant.ADMIN}))
NOBODY = Caller()


def test_me_is_the_caller_and_any_other_id_itself() -> None:
    assert ANNA.resolve("me") == "anna"
    assert ANNA.resolve("boris") == "boris"
    assert NOBODY.resolve("boris") == "boris"


def test_without_a_token_there_is_no_me() -> None:
    with pytest.raises(Unauthenticated):
        NOBODY.resolve("me")


@pytest.mark.parametrize("caller", [ANNA, ADMIN, NOBODY, Caller("search"), Caller("me")])
def test_no_user_has_a_reserved_id(caller: Caller) -> None:
    for user_id in RESERVED_IDS - {"me"}:
        with pytest.raises(NotFound):
            caller.resolve(user_id)
        with pytest.raises(NotFound):
            caller.acting_for(user_id, Grant.ADMIN)
    if caller.sub in RESERVED_IDS:
        with pytest.raises(NotFound):
            caller.resolve("me")


def test_one_acts_for_oneself_and_by_grants_for_others() -> None:
    assert ANNA.acting_for("anna") == ANNA.acting_for("me", Grant.ADMIN) == "anna"
    assert ADMIN.acting_for("anna", Grant.ADMIN) == "anna"


@pytest.mark.parametrize("caller", [Caller("boris"), NOBODY, Caller("s", frozenset({Grant.USERS_READ}))])
def test_for_anybody_else_a_user_does_not_exist(caller: Caller) -> None:
    with pytest.raises(NotFound):
        caller.acting_for("anna", Grant.ADMIN)


def test_an_admin_acts_for_nobody_where_only_the_user_may() -> None:
    with pytest.raises(NotFound):
        ADMIN.acting_for("anna")


def test_what_is_needed_is_said_in_the_words_of_tokens() -> None:
    ADMIN.needs(Grant.AWARDS_WRITE, Grant.ADMIN)
    with pytest.raises(Forbidden, match=r"This needs one of: awards:write, admin\."):
        ANNA.needs(Grant.AWARDS_WRITE, Grant.ADMIN)
