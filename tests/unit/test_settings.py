"""Settings are read on use; an invalid value is an error of the deployment."""

import pytest

from laurels import settings
from laurels.errors import Misconfigured


@pytest.mark.parametrize("name", settings.TIME_LIMITS)
def test_a_time_limit_has_its_default_unless_the_environment_sets_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name, raising=False)
    assert settings.seconds(name) == settings.TIME_LIMITS[name]
    monkeypatch.setenv(name, "0.25")
    assert settings.seconds(name) == 0.25
    monkeypatch.setenv(name, "")
    assert settings.seconds(name) == settings.TIME_LIMITS[name]


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "1e9", "1,5"])
def test_a_time_limit_that_is_not_a_number_of_seconds_is_misconfigured(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRY_SECONDS", value)
    with pytest.raises(Misconfigured, match="RETRY_SECONDS"):
        settings.seconds("RETRY_SECONDS")
