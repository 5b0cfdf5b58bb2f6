"""Rules for queues, the table, the bucket, logs, layers and the stack."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from samtranslator.open_api import open_api

from laurels import keys, queues, settings
from laurels.avatars import service as avatars
from laurels.leaderboards import lease, versions
from laurels.privacy import exporting
from laurels.privacy import rules as privacy_rules
from local.template import loader
from local.template.application import Consumer, Resource, StreamMapping
from tests.template import project

APP = project.application()
MOST_RESOURCES = 400
DEAD_LETTERS = {queue.name for queue in APP.dead_letter_queues.values()}
# Queues that another service consumes, unless a parameter adds a consumer of ours.
OUTGOING = {"ProcessingRequestsQueue"}
DAY = 24 * 3600
# How long dead letters are kept that are not for repair, because they hold a user's texts.
KEPT_BRIEFLY = {"ProcessingRequestsDeadLetters": DAY}
SOURCES = [queue for queue in APP.queues.values() if queue.name not in DEAD_LETTERS]
LAYERS = [name for name, each in APP.source["Resources"].items() if each["Type"] == "AWS::Serverless::LayerVersion"]
CONSUMERS = list(APP.consumers.values())

every_queue = pytest.mark.parametrize("queue", APP.queues.values(), ids=lambda queue: queue.name)
every_source = pytest.mark.parametrize("queue", SOURCES, ids=lambda queue: queue.name)
every_stream = pytest.mark.parametrize("mapping", APP.streams.values(), ids=lambda mapping: mapping.name)
every_consumer = pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.name)


def properties(kind: str, environment: str = "dev") -> dict[str, Any]:
    """The properties of the one resource of that kind."""
    resources = project.application(environment).resources.values()
    (found,) = (resource["Properties"] for resource in resources if resource["Type"] == kind)
    return dict(found)


@every_source
def test_a_queue_has_a_dead_letter_queue_after_five_receives(queue: Resource) -> None:
    assert queue.name in APP.dead_letter_queues, f"{queue.name} in template.yaml: add a RedrivePolicy"
    assert queue.properties["RedrivePolicy"]["maxReceiveCount"] == 5


@every_source
def test_a_dead_letter_queue_has_the_same_type_and_the_longest_retention(queue: Resource) -> None:
    dead = APP.dead_letter_queues[queue.name]
    assert dead.properties.get("FifoQueue") == queue.properties.get("FifoQueue")
    assert dead.properties["MessageRetentionPeriod"] == KEPT_BRIEFLY.get(dead.name, 14 * DAY)


def test_the_texts_of_a_processing_are_kept_for_all_receives_and_no_longer() -> None:
    queue = APP.queues["ProcessingRequestsQueue"].properties
    receives = queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"]
    # The receive after the last one moves the message to the dead-letter queue, if it is still there.
    assert receives * 1.2 < queue["MessageRetentionPeriod"] <= 5400


@every_source
def test_a_queue_has_one_consumer(queue: Resource) -> None:
    assert [consumer.source_arn for consumer in CONSUMERS].count(queue.arn) == 1
    consumers = project.application(BedrockModelId="").consumers.values()
    wanted = 0 if queue.name in OUTGOING else 1
    assert [consumer.source_arn for consumer in consumers].count(queue.arn) == wanted


@every_queue
def test_a_queue_is_encrypted(queue: Resource) -> None:
    assert queue.properties["SqsManagedSseEnabled"] is True


def test_stat_updates_keep_their_order_per_user_at_high_throughput() -> None:
    queue = APP.queues["StatUpdatesQueue"].properties
    wanted = {"FifoQueue": True, "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    assert wanted.items() <= queue.items()


def test_a_corrected_stat_update_with_the_same_event_id_is_not_dropped_by_its_queue() -> None:
    assert APP.queues["StatUpdatesQueue"].properties["ContentBasedDeduplication"] is True


@every_consumer
def test_a_consumer_reports_each_failed_message(consumer: Consumer) -> None:
    assert consumer.report_failures, (
        f"{consumer.name} in template.yaml: add ReportBatchItemFailures, or one bad message returns its whole batch"
    )


@every_consumer
def test_a_consumer_has_a_limit_of_concurrency(consumer: Consumer) -> None:
    assert consumer.concurrency, (
        f"{consumer.name} in template.yaml: set MaximumConcurrency, or a backlog takes all of the account's concurrency"
    )


@every_consumer
def test_a_message_is_redelivered_after_six_time_outs_of_its_consumer(consumer: Consumer) -> None:
    queue = APP.queue_of(consumer.source_arn)
    assert queue is not None
    assert queue.properties["VisibilityTimeout"] >= 6 * APP.functions[consumer.function].timeout


@every_consumer
def test_a_consumer_of_a_fifo_queue_takes_at_most_ten_messages_without_a_window(consumer: Consumer) -> None:
    queue = APP.queue_of(consumer.source_arn)
    assert queue is not None
    if queue.properties.get("FifoQueue"):
        assert consumer.batch_size <= 10
        assert consumer.window == 0


@every_stream
def test_a_stream_s_poison_records_are_singled_out_given_up_and_reported(mapping: StreamMapping) -> None:
    assert mapping.report_failures, f"{mapping.name} in template.yaml: add ReportBatchItemFailures"
    assert mapping.bisect, f"{mapping.name} in template.yaml: add BisectBatchOnFunctionError"
    assert mapping.retries, f"{mapping.name} in template.yaml: set MaximumRetryAttempts, or a record blocks its shard"
    destination = APP.queue_of(mapping.on_failure)
    assert destination is not None, f"{mapping.name} in template.yaml: add a queue as OnFailure destination"
    assert not destination.properties.get("FifoQueue"), "Lambda takes standard queues only"
    assert destination.properties["MessageRetentionPeriod"] == 14 * DAY


@every_stream
def test_a_stream_is_read_from_its_oldest_record_on(mapping: StreamMapping) -> None:
    assert mapping.starts_at == "TRIM_HORIZON", "LATEST loses what is written while the mapping is made"


def test_the_table_bills_by_request_and_can_be_restored_to_any_second() -> None:
    table = properties("AWS::DynamoDB::Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_the_table_expires_items_by_expires_at_and_streams_both_images() -> None:
    table = properties("AWS::DynamoDB::Table")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize(("environment", "protected"), [("dev", False), ("prod", True)])
def test_in_prod_the_table_cannot_be_deleted(environment: str, protected: bool) -> None:
    assert properties("AWS::DynamoDB::Table", environment)["DeletionProtectionEnabled"] is protected


@pytest.mark.parametrize("name", ["Table", "Bucket"])
def test_stores_of_data_outlive_the_stack(name: str) -> None:
    resource = project.application("prod").resources[name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_bucket_is_private_and_encrypted_with_lifecycle_rules() -> None:
    bucket = properties("AWS::S3::Bucket")
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(names, True)
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert all(rule["Status"] == "Enabled" for rule in bucket["LifecycleConfiguration"]["Rules"])


def test_the_bucket_refuses_requests_without_tls() -> None:
    policy, (bucket,) = properties("AWS::S3::BucketPolicy"), APP.buckets.values()
    assert policy["Bucket"] == bucket.id
    (statement,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny")
    assert (statement["Principal"], statement["Action"]) == ("*", "s3:*")
    assert statement["Resource"] == [bucket.arn, f"{bucket.arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_only_our_distribution_reads_the_bucket_and_only_avatars() -> None:
    policy, (bucket,) = properties("AWS::S3::BucketPolicy"), APP.buckets.values()
    (statement,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow")
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert statement["Resource"] == f"{bucket.arn}/{keys.avatar('42').partition('/')[0]}/*"
    ((operator, condition),) = statement["Condition"].items()
    assert (operator, list(condition)) == ("StringEquals", ["AWS:SourceArn"])
    assert condition["AWS:SourceArn"].endswith(":distribution/laurels-AvatarsDistribution")


def test_avatars_are_served_over_tls_from_the_bucket_by_signed_requests() -> None:
    distribution, (bucket,) = properties("AWS::CloudFront::Distribution")["DistributionConfig"], APP.buckets.values()
    (origin,), behaviour = distribution["Origins"], distribution["DefaultCacheBehavior"]
    assert origin["DomainName"].startswith(f"{bucket.id}.s3.")
    assert origin["OriginAccessControlId"] == "AvatarsAccess.Id"
    assert (
        properties("AWS::CloudFront::OriginAccessControl")["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    )
    assert behaviour["ViewerProtocolPolicy"] in ("https-only", "redirect-to-https")
    assert set(behaviour["AllowedMethods"]) == {"GET", "HEAD"}


@pytest.mark.parametrize(("given", "url"), [("", "https://AvatarsDistribution."), ("https://a.example", "https://a.")])
def test_avatars_url_is_the_distribution_unless_a_parameter_sets_it(given: str, url: str) -> None:
    app = project.application(AvatarsUrl=given)
    assert app.functions["ProcessAvatar"].environment["AVATARS_URL"].startswith(url)


def test_only_uploads_and_exports_expire() -> None:
    rules = properties("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {"uploads/": 1, "exports/": exporting.KEPT.days}
    assert keys.avatar_upload().startswith("uploads/")
    assert keys.export_file("42").startswith("exports/")


@pytest.mark.parametrize("name", APP.secrets)
def test_a_secret_outlives_the_stack(name: str) -> None:
    secret = APP.resources[name]
    assert (secret["DeletionPolicy"], secret["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_only_the_secret_that_is_never_rotated_is_read_at_deployment() -> None:
    settings = {item for function in APP.functions.values() for item in function.environment.items()}
    resolved = {name: value for name, value in settings if "{{resolve:" in value}
    assert resolved.keys() == {"TOMBSTONE_SECRET"}, "read a secret at run time, with laurels/secrets.py"
    assert APP.secrets["TombstoneSecret"].arn in resolved["TOMBSTONE_SECRET"]


@pytest.mark.parametrize(
    ("algorithm", "secret", "published"),
    [("HS256", True, False), ("RS256", False, True), ("HS256,RS256", True, True), ("RS256,ES256", False, True)],
)
def test_the_authorizer_has_the_keys_of_each_algorithm_and_no_others(
    algorithm: str, secret: bool, published: bool
) -> None:
    app = project.application(JwtAlgorithm=algorithm, JwksUrl="https://a.example/keys")
    authorize = app.functions["Authorize"]
    assert bool(authorize.environment["JWT_SECRET_ARN"]) is ("JwtSecret" in app.secrets) is secret
    assert ["secretsmanager:GetSecretValue"] in [each["Action"] for each in authorize.statements] or not secret
    assert ("cryptography" in [path.name for path in authorize.layers]) is published


def test_a_secret_of_the_auth_service_takes_the_place_of_ours() -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:auth-AbCdEf"
    app = project.application(JwtSecretArn=arn)
    authorize = app.functions["Authorize"]
    assert (authorize.environment["JWT_SECRET_ARN"], "JwtSecret" in app.secrets) == (arn, False)
    assert arn in [each["Resource"] for each in authorize.statements]


def test_an_erasure_says_when_its_last_copies_are_gone() -> None:
    (schedule,) = (each for each in APP.schedules.values() if each.function == "ComputeLeaderboards")
    assert schedule.expression == "rate(15 minutes)"
    assert timedelta(minutes=15) * (versions.VERSIONS_KEPT + 1) == privacy_rules.BOARDS
    retentions = {queue.properties["MessageRetentionPeriod"] for queue in APP.dead_letter_queues.values()}
    assert max(retentions) == privacy_rules.DEAD_LETTERS.total_seconds()
    # Without RecoveryPeriodInDays, the period is 35 days.
    assert timedelta(days=35) == privacy_rules.BACKUPS


def test_an_erasure_settles_after_forms_tokens_and_functions_have_ended() -> None:
    steps = ("RankPartition", "PlanRanges", "MergeRange", "JoinBoard", "PublishBoards")
    no_writers = ("ComputeLeaderboards", "CountAwards", "AskModel", *steps)  # of items of users
    writers = [each.timeout for each in APP.functions.values() if each.name not in no_writers]
    form, gateway, settle = avatars.FORM_SECONDS, 60, settings.TIME_LIMITS["SETTLE_SECONDS"]
    assert form + gateway + max(writers) <= settle <= queues.LONGEST_DELAY


def test_process_avatar_gets_uploads_of_the_forms() -> None:
    assert properties("AWS::S3::Bucket")["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }
    (subscription,) = (each for each in APP.subscriptions.values() if each.function == "ProcessAvatar")
    assert subscription.pattern["detail"]["object"] == {"key": [{"prefix": keys.avatar_upload()}]}


@pytest.mark.parametrize("name", APP.subscriptions)
def test_an_undeliverable_event_is_retried_but_not_forever(name: str) -> None:
    (target,) = APP.resources[name]["Properties"]["Targets"]
    assert 0 < target["RetryPolicy"]["MaximumRetryAttempts"] <= 185
    assert 60 <= target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 24 * 3600
    assert APP.functions[APP.subscriptions[name].function].retries == 2


def asynchronous() -> dict[str, list[dict[str, Any]]]:
    """Each function that is invoked asynchronously, with the targets of EventBridge that invoke it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in APP.resources.values():
        for target in rule["Properties"].get("Targets", []) if rule["Type"] == "AWS::Events::Rule" else []:
            (name,) = (each.name for each in APP.functions.values() if each.arn == target["Arn"])
            found.setdefault(name, []).append(target)
    return found


@pytest.mark.parametrize("name", asynchronous())
def test_asynchronous_work_that_fails_for_good_is_kept(name: str) -> None:
    """By Lambda if the function fails, and by EventBridge if it cannot hand the event to Lambda."""
    function = APP.functions[name]
    queue = APP.queue_of(function.on_failure)
    assert queue, f"{name} in template.yaml: add EventInvokeConfig with DestinationConfig.OnFailure"
    for target in asynchronous()[name]:
        assert target.get("DeadLetterConfig") == {"Arn": queue.arn}, f"{name}: add DeadLetterConfig to its event"


def test_eventbridge_may_put_events_that_it_gives_up_into_their_queue_and_nobody_else_may() -> None:
    policy = properties("AWS::SQS::QueuePolicy")
    dead = {target["DeadLetterConfig"]["Arn"] for targets in asynchronous().values() for target in targets}
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert {statement["Resource"]} == dead
    assert (statement["Principal"], statement["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    # Not by the beginning of their names: CloudFormation shortens a long stack's name there.
    (condition,) = statement["Condition"]["ArnEquals"].items()
    assert (condition[0], {*condition[1]}) == ("aws:SourceArn", {each.arn for each in APP.rules.values()})


@pytest.mark.parametrize("name", project.serverless_functions())
def test_a_function_logs_json_to_the_one_group_with_retention(name: str) -> None:
    logging = APP.resources[name]["Properties"]["LoggingConfig"]
    assert logging == {"LogFormat": "JSON", "LogGroup": "laurels-LogGroup", "ApplicationLogLevel": "INFO"}
    assert APP.resources["LogGroup"]["Properties"]["RetentionInDays"] > 0


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_built_and_not_just_zipped(layer: str) -> None:
    resource = APP.source["Resources"][layer]
    method = resource.get("Metadata", {}).get("BuildMethod")
    assert method == "makefile", (
        f"{layer} in template.yaml: set BuildMethod to makefile, or local __pycache__ makes a new version each time"
    )


def test_a_state_machine_ends_before_the_lease_of_its_run_and_repeats_what_fails() -> None:
    for machine in project.machines().values():
        assert machine["TimeoutSeconds"] < lease.LEASE_SECONDS
        for name, task in project.tasks(machine):
            (retry,) = task["Retry"]
            assert (retry["ErrorEquals"], retry["MaxAttempts"]) == (["States.TaskFailed"], 2), name


def test_an_express_execution_ends_after_its_function() -> None:
    """After five minutes, whatever it does: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html"""
    timeouts = {function.arn: function.timeout for function in APP.functions.values()}
    for machine in project.machines().values():
        for state in machine["States"].values():
            processor = state.get("ItemProcessor", {"ProcessorConfig": {}})
            if processor["ProcessorConfig"].get("ExecutionType") == "EXPRESS":
                assert all(timeouts[task["Resource"]] < 300 for _, task in project.tasks(processor))


def test_there_are_no_versions_and_no_aliases() -> None:
    """They double the resources of each function and serve only SnapStart."""
    kinds = {each["Type"] for each in APP.resources.values()}
    unwanted = kinds & {"AWS::Lambda::Version", "AWS::Lambda::Alias"}
    assert not unwanted, f"{sorted(unwanted)}: take AutoPublishAlias out of template.yaml"


def test_the_translation_is_the_same_with_the_translator_s_own_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = loader.translate(project.ROOT / "template.yaml")
    monkeypatch.setattr(open_api, "_deepcopy", copy.deepcopy)
    assert loader.translate(project.ROOT / "template.yaml") == ours


def test_the_translated_template_is_far_below_the_limit_of_resources() -> None:
    """All of them, whatever their conditions; CloudFormation allows 500 per stack. `pytest -rP` shows what is left."""
    left = MOST_RESOURCES - len(loader.translate(project.ROOT / "template.yaml")["Resources"])
    print(f"{left} resources are left of {MOST_RESOURCES}: {left // 3} endpoints")
    assert left > 0, f"split template.yaml: it has {-left} resources too many"
