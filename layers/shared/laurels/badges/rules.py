"""The date of a badge."""

from datetime import date

from laurels.errors import Invalid


def achieved_on(asked: date | None, today: date) -> date:
    """Return the badge's date, today by default. Raises Invalid for a date after the user's today."""
    if asked and asked > today:
        raise Invalid.field("date_achieved", f"must not lie after today, {today} in your time zone", "in_the_future")
    return asked or today
