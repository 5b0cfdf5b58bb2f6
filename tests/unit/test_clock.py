"""One moment in its three forms: epoch milliseconds, text, datetime."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laurels import clock

LAST = clock.epoch_ms(datetime.max.replace(tzinfo=UTC))
moments = st.integers(clock.epoch_ms(datetime.min.replace(tzinfo=UTC)), LAST)


@given(moments)
def test_each_form_converts_to_each_other(ms: int) -> None:
    moment = clock.from_epoch_ms(ms)
    assert clock.epoch_ms(moment) == ms
    assert clock.ms_of(clock.iso_of(ms)) == ms
    assert clock.iso_of(ms) == clock.iso(moment)
    assert clock.moment(clock.iso(moment)) == moment
    assert clock.utc_date(ms) == moment.date()


@given(moments, moments)
def test_texts_sort_in_order_of_time(a: int, b: int) -> None:
    assert (clock.iso_of(a) < clock.iso_of(b)) == (a < b)


@given(moments)
def test_an_offset_does_not_change_the_moment(ms: int) -> None:
    if 0 < ms < LAST - 86_400_000:
        assert clock.epoch_ms(clock.from_epoch_ms(ms).astimezone(timezone(timedelta(hours=5, minutes=45)))) == ms


def test_a_text_is_rfc_3339_with_milliseconds() -> None:
    assert clock.iso_of(1_795_198_925_007) == "2026-11-20T18:22:05.007Z"


def test_now_is_the_same_moment_in_both_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 18, 22, 5, 7999, tzinfo=UTC))
    assert clock.now_ms() == 1_795_198_925_007


@given(moments)
def test_the_seconds_until_midnight_end_at_the_next_utc_day(ms: int) -> None:
    left = clock.until_midnight(clock.from_epoch_ms(ms))
    assert 1 <= left <= 86_400
    assert (ms // 1000 + left) % 86_400 == 0
