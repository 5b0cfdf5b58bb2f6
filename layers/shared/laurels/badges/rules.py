"""When a badge can have been achieved."""

from datetime import date

from laurels.errors import Invalid


def achieved_on(asked: date | None, today: date) -> date:
    """The badge's date; Invalid for one that is still to come on the user's calendar."""
    if asked and asked > today:
        raise Invalid.field("date_achieved", f"must not lie after today, {today} in your time zone", "in_the_future")
    return asked or today
