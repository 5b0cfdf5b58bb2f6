"""Runs on a schedule: returns the event."""


def handler(event, context):
    return {"saw": event}
