"""`python -m local.template.translate template.yaml`: print the CloudFormation template that a deployment makes of it.

Linters find in it what a SAM template hides: references to nothing, time-outs that do not fit. With `--policies`, print
the policies of each role instead, with their references resolved.
"""

import json
import logging
import sys
from typing import Any

from local.template import loader


def policies(path: str) -> dict[str, list[Any]]:
    """Return the policy documents of each role."""
    resources = loader.load(path, account="123456789012").resources
    roles = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::IAM::Role"}
    return {name: [policy["PolicyDocument"] for policy in about.get("Policies", [])] for name, about in roles.items()}


if __name__ == "__main__":
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of metrics that it would send to nobody
    try:
        if "--policies" in sys.argv:
            print(json.dumps(policies(sys.argv[1])))
        else:
            print(json.dumps(loader.translate(sys.argv[1]), indent=1))
    except loader.TemplateError as error:
        sys.exit(str(error))
