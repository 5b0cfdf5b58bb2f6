"""CloudFront: serves the objects of a private bucket that the bucket's policy lets it read."""

import re
from typing import Any

from botocore.exceptions import ClientError

from local.gateway.payload import Request, Response
from local.template.application import Application

_SERVICE = {"Service": "cloudfront.amazonaws.com"}


class Distribution:
    """The objects of an application that are public, each at its name below the address of the stack."""

    def __init__(self, application: Application, s3: Any) -> None:
        self._s3 = s3
        self._served = list(_served(application))

    def handle(self, request: Request) -> Response | None:
        """Return the response; None if nothing is served there."""
        name = request.path.removeprefix("/")
        for bucket, prefix in self._served:
            if name.startswith(prefix) and request.method in ("GET", "HEAD"):
                return self._read(bucket, name)
        return None

    def _read(self, bucket: str, name: str) -> Response:
        try:
            found = self._s3.get_object(Bucket=bucket, Key=name)
        except ClientError:  # without s3:ListBucket, S3 answers 403 for missing objects too
            return Response(403, [("content-type", "application/xml")], b"<Error><Code>AccessDenied</Code></Error>")
        headers = [("content-type", found["ContentType"])]
        if caching := found.get("CacheControl"):
            headers.append(("cache-control", caching))
        return Response(200, headers, found["Body"].read())


def _served(application: Application) -> list[tuple[str, str]]:
    """Return buckets and the name prefixes that CloudFront may read."""
    policies = [each for each in application.resources.values() if each["Type"] == "AWS::S3::BucketPolicy"]
    statements = [statement for each in policies for statement in each["Properties"]["PolicyDocument"]["Statement"]]
    allowed = [
        re.fullmatch(r"arn:aws:s3:::([^/]+)/(.*)\*", str(statement["Resource"]))
        for statement in statements
        if statement["Effect"] == "Allow" and statement["Principal"] == _SERVICE
    ]
    return [(match[1], match[2]) for match in allowed if match]
