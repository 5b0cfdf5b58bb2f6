"""GET /v1/groups/{group_id}/report: how each learner of a group is doing."""

from laurels.groups import reports
from laurels.groups.models import GroupReport, ReportQuery
from laurels.http import Accept, Caller, CsvFile, Endpoint

app = Endpoint()


@app.get("/v1/groups/<group_id>/report", summary="A group's report", tags=["groups"])
def get_group_report(group_id: str, caller: Caller, query: ReportQuery, accept: Accept) -> GroupReport | CsvFile:
    """For teachers, services with `groups:write`, and admins. CSV (RFC 4180) by `Accept: text/csv`; in it, a text that
    a spreadsheet would run as a formula begins with an apostrophe."""
    found = reports.report(group_id, query, caller)
    return reports.as_csv(found) if accept.csv else found


handler = app.handler
