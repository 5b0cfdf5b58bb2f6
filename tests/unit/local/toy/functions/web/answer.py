"""Returns what the request's body says, as it stands."""

import base64
import json


def handler(event, context):
    if "body" not in event:
        return {"statusCode": 200, "body": "twelve bytes"}
    body = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]
    return json.loads(body)
