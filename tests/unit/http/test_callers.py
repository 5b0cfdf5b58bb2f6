"""Which users a caller may act for."""

import pytest

from laurels.callers import RESERVED_IDS, Caller, Grant
from laurels.errors import Forbidden, NotFound, Unauthenticated

ANNA = Caller("anna")
ADMIN = Caller("admin", frozenset({Grant.ADMIN}))
NOBODY = Caller()


def test_me_resolves_to_the_caller_and_any_other_id_to_itself() -> None:
    assert ANNA.resolve("me") == "anna"
    assert ANNA.resolve("boris") == "boris"
    assert NOBODY.resolve("boris") == "boris"


def test_me_without_a_token_is_unauthenticated() -> None:
    with pytest.raises(Unauthenticated):
        NOBODY.resolve("me")


@pytest.mark.parametrize("caller", [ANNA, ADMIN, NOBODY, Caller("search"), Caller("me")])
def test_reserved_ids_are_not_found(caller: Caller) -> None:
    for user_id in RESERVED_IDS - {"me"}:
        with pytest.raises(NotFound):
            caller.resolve(user_id)
        with pytest.raises(NotFound):
            caller.acting_for(user_id, Grant.ADMIN)
    if caller.sub in RESERVED_IDS:
        with pytest.raises(NotFound):
            caller.resolve("me")


def test_callers_act_for_themselves_and_with_a_grant_for_others() -> None:
    assert ANNA.acting_for("anna") == ANNA.acting_for("me", Grant.ADMIN) == "anna"
    assert ADMIN.acting_for("anna", Grant.ADMIN) == "anna"


@pytest.mark.parametrize("caller", [Caller("boris"), NOBODY, Caller("s", frozenset({Grant.USERS_READ}))])
def test_acting_for_another_user_without_a_grant_is_not_found(caller: Caller) -> None:
    with pytest.raises(NotFound):
        caller.acting_for("anna", Grant.ADMIN)


def test_admins_may_not_do_what_only_the_user_may() -> None:
    with pytest.raises(NotFound):
        ADMIN.acting_for("anna")


def test_an_error_names_the_required_roles_and_scopes_as_tokens_do() -> None:
    ADMIN.needs(Grant.AWARDS_WRITE, Grant.ADMIN)
    with pytest.raises(Forbidden, match=r"This needs one of: awards:write, admin\."):
        ANNA.needs(Grant.AWARDS_WRITE, Grant.ADMIN)
