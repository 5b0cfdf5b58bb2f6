"""Lint the policies on standard input, as `python -m local.template.translate --policies` prints them, with parliament.

Run by the environment of the linters (.venv/lint), which has nothing of the project. Exits with 1 if anything is found.
"""

import json
import sys
from typing import Any

import parliament  # type: ignore[import-not-found,unused-ignore]  # in its own environment

POLLING = {f"dynamodb:{each}" for each in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}


def is_meant(issue: str, document: dict[str, Any]) -> bool:
    """True for findings that are wrong, or about what is not ours."""
    actions = [statement["Action"] for statement in document["Statement"]]
    if issue == "NO_VERSION":
        # SAM writes the policy of an OnFailure destination, and leaves Version out. tests/template checks ours.
        return actions == ["sqs:SendMessage"]
    if issue == "RESOURCE_MISMATCH":
        # Lambda's poller lists the streams of one table, which takes the ARN of a stream; parliament knows only "*".
        others = [statement for statement in document["Statement"] if set(statement["Action"]) != POLLING]
        alone = json.dumps({**document, "Statement": others})
        return "RESOURCE_MISMATCH" not in {each.issue for each in parliament.analyze_policy_string(alone).findings}
    return False


def main() -> int:
    found = 0
    for role, documents in json.load(sys.stdin).items():
        for document in documents:
            for finding in parliament.analyze_policy_string(json.dumps(document)).findings:
                if not is_meant(finding.issue, document):
                    print(f"{role}: {finding.issue}: {finding.detail} {finding.location}")
                    found += 1
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
