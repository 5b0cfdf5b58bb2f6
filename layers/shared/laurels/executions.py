"""The door to Step Functions: start an execution of a state machine.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import json
from typing import Any

from laurels.aws import client


def start(machine_arn: str, name: str, content: Any) -> None:
    """Start an execution with this JSON as its input. Repeating that with the same name and input changes nothing."""
    request = {"stateMachineArn": machine_arn, "name": name, "input": json.dumps(content)}
    client.call("states", "AWSStepFunctions.StartExecution", request)
