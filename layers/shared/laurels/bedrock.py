"""The door to Bedrock: have a model fill in a form.

boto3's client is enough here: the runtime has it, it knows Bedrock's paths, errors and signatures, and nobody waits for
its start-up, because a model takes seconds.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from laurels import settings
from laurels.errors import Unavailable

# Errors that the same request may not meet later; ModelTimeout and ModelError are the model's own.
_PASSING = {
    *("ThrottlingException", "ServiceUnavailableException", "InternalServerException"),
    *("ModelNotReadyException", "ModelTimeoutException", "ModelErrorException"),
}


class Form(NamedTuple):
    """What the model is to fill in: a tool, as Converse calls it. `schema` is a JSON Schema of an object."""

    name: str
    description: str
    schema: Mapping[str, Any]


class Reply(NamedTuple):
    """`filled` is the form as the model filled it in, unchecked: any JSON, or None if it did not use the form."""

    filled: Any
    input_tokens: int
    output_tokens: int


def ask(system: str, texts: list[str], form: Form, max_tokens: int) -> Reply:
    """Have the model MODEL_ID fill in the form, at temperature 0. `texts` are the parts of one message to it.

    Raises Unavailable if Bedrock is busy or does not respond, and botocore's ClientError for other refusals, such as no
    access to the model.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        response = _client(settings.seconds("MODEL_SECONDS")).converse(
            modelId=settings.text("MODEL_ID"),
            system=[{"text": system}],
            messages=[{"role": "user", "content": [{"text": text} for text in texts]}],
            inferenceConfig={"temperature": 0, "maxTokens": max_tokens},
            toolConfig={
                "tools": [
                    {
                        "toolSpec": {
                            "name": form.name,
                            "description": form.description,
                            "inputSchema": {"json": form.schema},
                        }
                    }
                ],
                "toolChoice": {"tool": {"name": form.name}},
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise Unavailable(f"Bedrock: {error.response['Error']['Code']}") from error
        raise
    except BotoCoreError as error:  # no connection, no response in time, or a damaged one
        raise Unavailable(f"Bedrock: {type(error).__name__}") from error
    uses = [part["toolUse"] for part in response["output"]["message"]["content"] if "toolUse" in part]
    filled = next((use["input"] for use in uses if use["name"] == form.name), None)
    return Reply(filled, response["usage"]["inputTokens"], response["usage"]["outputTokens"])


@cache
def _client(seconds: float) -> Any:
    """Return a client that waits this long for a response, and does not repeat requests: SQS does."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, read_timeout=seconds, retries={"total_max_attempts": 1})
    return boto3.client("bedrock-runtime", config=config)
