"""Two authorizers. The token or the key decides the result."""

from typing import Any

_calls = 0


def handler(event: Any, context: Any) -> Any:
    global _calls
    _calls += 1
    token = event["headers"].get("authorization", "")
    if not token:
        return {"isAuthorized": True, "context": {}}
    word = token.removeprefix("Bearer ").partition("-")[0]
    if word == "boom":
        raise RuntimeError("as asked")
    if word == "odd":
        return {"isAuthorized": "yes"}
    return {
        "isAuthorized": word == "good",
        "context": {"sub": token, "calls": _calls, "source": event["identitySource"], "route": event["routeArn"]},
    }


def by_policy(event: Any, context: Any) -> Any:
    effect = "Allow" if event["queryStringParameters"]["key"] == "open" else "Deny"
    arn = event["routeArn"].rpartition("/")[0] + "/1*"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": arn}
    return {"principalId": "somebody", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
