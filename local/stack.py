"""The whole application on this machine: data plane, functions, HTTP API, queues, events and schedules."""

import json
import os
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.ai.service import REQUESTS, RESULTS, AiService
from local.data import stores
from local.data.emulator import Emulator
from local.data.environments import environments
from local.event_sources import bus_log, dead_letters, event_bus, queues, schedules, streams
from local.event_sources.failed_invocations import FailureDestinations
from local.gateway.api import Gateway
from local.gateway.distribution import Distribution
from local.gateway.payload import Request, Response, message
from local.gateway.server import Server
from local.runtime.functions import Functions, Outcome, Unavailable
from local.runtime.log_file import LogFile
from local.template import loader
from local.template.application import Application, Resource
from local.template.references import region_from_environment

CONTROL = "/_local/"
_STREAMS_LIMIT = 10.0  # seconds in which a stack that ends processes what its streams hold


class Stack:
    """A running application. Everything it starts ends with close().

    `environment` is added to that of every function. `function_timeout`: seconds that each function has at least,
    whatever the template says, and that the gateway waits for it: for a machine that is slow, or stops for a while.
    """

    application: Application
    functions: Functions

    def __init__(
        self,
        template_path: Path,
        port: int,
        *,
        endpoint_url: str | None = None,
        parameters: dict[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        function_timeout: int = 0,
        log_path: Path | None = None,
        keep: Path | None = None,
        ai: bool = False,
    ) -> None:
        """`keep` is a folder for the data, which is otherwise gone when the stack ends. With `ai` the stand-in for the
        AI service answers requests."""
        self._server = Server(port, self._handle)  # first, so that a port in use costs nothing
        self.url = self._server.url
        name = f"laurels-local-{self._server.server_address[1]}.log"
        self.log = LogFile(log_path or Path(tempfile.gettempdir()) / name)
        self._keep = keep
        self._emulator: Emulator | None = None
        self._consumers: list[queues.QueueConsumer | AiService] = []
        self._streams: list[streams.StreamConsumer] = []
        self._bus_logs: list[bus_log.BusLog] = []
        self._deliveries: list[event_bus.EventDelivery] = []
        self._scheduler: schedules.Scheduler | None = None
        self._gateway: Gateway | None = None
        try:
            self._start(template_path, endpoint_url, parameters or {}, environment or {}, function_timeout)
            if ai and {REQUESTS, RESULTS} <= self.application.queues.keys():
                asked, answers = (self.application.queues[name] for name in (REQUESTS, RESULTS))
                self._consumers.append(AiService(asked, answers.url, self.clients("sqs"), self.log))
        except BaseException:
            self.close()
            raise

    def _start(
        self,
        template_path: Path,
        endpoint_url: str | None,
        parameters: dict[str, str],
        environment: Mapping[str, str],
        function_timeout: int,
    ) -> None:
        region = region_from_environment()
        if endpoint_url is None:
            self._emulator = Emulator(self.log.path, region, keep=self._keep)
        self.endpoint_url = endpoint_url or (self._emulator.url if self._emulator else "")
        # Reading the template and starting the emulator take about the same time.
        with ThreadPoolExecutor(1) as executor:
            waiting = executor.submit(self._emulator.wait_until_ready) if self._emulator else None
            here = {"AvatarsUrl": self.url}  # there is no CloudFront on this machine
            application = loader.load(
                template_path, parameters, defaults=here, endpoint_url=self.endpoint_url, region=region
            )
            if waiting:
                waiting.result()
        if function_timeout:
            application = application.with_timeouts_of(function_timeout)
        self.application = application
        self.clients = stores.Clients(self.endpoint_url, region)
        stores.create_secrets(application, self.clients)
        own = environments(application, self.clients)
        self.functions = Functions(
            application.functions.values(),
            {name: variables | dict(environment) for name, variables in own.items()},
            region,
            self.log,
        )
        self.functions.warm(first_needed(application))
        stores.create_stores(application, self.clients)
        self._distribution = Distribution(application, self.clients("s3"))
        for bus in application.buses.values():
            inbox = stores.create_inbox(bus_log.everything_on(bus), application, self.clients)
            self._bus_logs.append(bus_log.BusLog(inbox, self.clients("sqs"), self.log))
        failures = FailureDestinations(application, self.clients("sqs"))
        for subscription in application.subscriptions.values():
            inbox = stores.create_inbox(subscription, application, self.clients)
            function = application.functions[subscription.function]
            self._deliveries.append(
                event_bus.EventDelivery(function, inbox, self.clients("sqs"), self.functions.invoke, failures, self.log)
            )
        for api in list(application.apis.values())[:1]:
            self._gateway = Gateway(application, api, self.functions.invoke, self.log)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        for consumer in application.consumers.values():
            queue = application.queue_of(consumer.source_arn)
            if queue is None:
                self.log("stack", f"{consumer.name} reads {consumer.source_arn}, which is not served here")
            elif consumer.enabled:
                self._consumers.append(
                    queues.QueueConsumer(consumer, queue, self.clients("sqs"), self.functions.invoke, region, self.log)
                )
        for mapping in application.streams.values():
            if mapping.enabled:
                ours, destination = application.tables.get(mapping.table), application.queue_of(mapping.on_failure)
                table = ours.id if ours else mapping.table
                self._streams.append(
                    streams.StreamConsumer(mapping, table, destination, self.clients, self.functions.invoke, self.log)
                )
        self._scheduler = schedules.Scheduler(
            application.schedules.values(),
            application.functions,
            self.functions.invoke,
            application.account,
            region,
            failures,
            self.log,
        )

    def close(self) -> None:
        if self._gateway:
            self._server.shutdown()
        self._server.server_close()
        for part in (*self._consumers, self._scheduler):
            if part:
                part.stop()
        if self._keep:  # the data plane keeps no records of streams
            streams.wait(self._streams, _STREAMS_LIMIT)
        for stream in self._streams:
            stream.stop()
        for delivery in self._deliveries:
            delivery.stop()
        for events in self._bus_logs:
            events.stop()
        if hasattr(self, "functions"):
            self.functions.close()
        if hasattr(self, "clients"):
            self.clients.close()
        if self._emulator:
            self._emulator.close()
        self.log.close()

    def tick(self, name: str) -> Outcome:
        """Run a function as its schedule would, and wait for it."""
        schedule = next((each for each in self.application.schedules.values() if each.function == name), None)
        sent = schedules.event(schedule, self.application.account, self.application.region) if schedule else {}
        return self.functions.invoke(name, sent)

    def queues(self) -> list[dict[str, Any]]:
        """The depth of each queue, stream and rule's inbox, and whether something here consumes it.

        In the order in which work moves on, so that none is overlooked on its way from one to the next.
        """
        # An event stays in its inbox until it is processed, so the depth counts it.
        idle = {consumer.queue.name: consumer.idle for consumer in self._consumers}
        inboxes = [each.inbox for each in self._deliveries] + [each.inbox for each in self._bus_logs]
        idle |= {inbox.name: True for inbox in inboxes}
        dead_letter_queues = self.application.dead_letter_queues
        dead = {queue.name for queue in dead_letter_queues.values()}

        def described(name: str, url: str, depth: dict[str, int], consumed: bool) -> dict[str, Any]:
            return {
                "name": name,
                "url": url,
                **depth,
                "consumed": consumed,
                "idle": idle.get(name, True),
                "dead_letters": dead_letter_queues[name].name if name in dead_letter_queues else None,
                "is_dead_letters": name in dead,
            }

        def queue(name: str, about: Resource) -> dict[str, Any]:
            return described(name, about.url, queues.depth(about.url, self.clients("sqs")), name in idle)

        found = [queue(name, about) for name, about in self.application.queues.items()]
        found += [described(each.name, "", each.depth(), consumed=True) for each in self._streams]
        return found + [queue(inbox.name, inbox) for inbox in inboxes]

    def events(self, after: int = 0) -> tuple[list[Any], int]:
        """The events on the application's bus after the first so many, oldest first, and how many there are by now."""
        return self._bus_logs[0].after(after) if self._bus_logs else ([], 0)

    def _all_queues(self) -> dict[str, Resource]:
        return self.application.queues | {each.inbox.name: each.inbox for each in self._deliveries}

    def state(self) -> dict[str, Any]:
        application = self.application
        return {
            "url": self.url,
            "endpoint_url": self.endpoint_url,
            "region": application.region,
            "parameters": application.parameters,
            "account": application.account,
            "log_file": str(self.log.path),
            "pid": os.getpid(),
            "queues": {name: queue.url for name, queue in application.queues.items()},
            "stack_name": application.stack_name,
            "tables": {name: table.id for name, table in application.tables.items()},
            "secrets": {name: secret.id for name, secret in application.secrets.items()},
            "buckets": {name: bucket.id for name, bucket in application.buckets.items()},
            "functions": {name: function.id for name, function in application.functions.items()},
            "schedules": {name: schedule.function for name, schedule in application.schedules.items()},
            "idle": all(consumer.idle for consumer in self._consumers),
        }

    def _handle(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return self._control(request)
        if (response := self._distribution.handle(request)) is not None:
            return response
        return self._gateway.handle(request) if self._gateway else message(404, "Not Found")

    def _control(self, request: Request) -> Response:
        """Serve the command line. Pages in a browser are refused, even if their host name resolves to 127.0.0.1."""
        port = self._server.server_address[1]
        own = {f"127.0.0.1:{port}", f"localhost:{port}"}
        if request.header("origin") or request.header("host").lower() not in own:
            return message(403, "Forbidden")
        what, _, name = request.path.removeprefix(CONTROL).partition("/")
        match request.method, what:
            case "GET", "state":
                return _json(self.state())
            case "GET", "queues" if not name:
                return _json(self.queues())
            case "GET", "queues" if name in self._all_queues():
                return _json(dead_letters.peek(self._all_queues()[name].url, self.clients("sqs")))
            case "GET", "events" if name.isdecimal() or not name:
                found, seen = self.events(int(name or 0))
                return _json({"events": found, "seen": seen})
            case "POST", "invoke" if name in self.application.functions:
                try:
                    outcome = self.functions.invoke(name, request.body) if request.body else self.tick(name)
                except Unavailable:
                    return message(503, "Service Unavailable")
                return _json({"failed": outcome.failed, "payload": outcome.value()})
            case "POST", "kill" if name in self.application.functions:
                return _json({"killed": self.functions.kill(name)})
        return message(404, "Not Found")


def first_needed(application: Application) -> list[str]:
    """Return the functions that the first requests need: health and the authorizers."""
    health = [route.function for route in application.routes if route.path.endswith("/health")]
    authorizers = [each.function for api in application.apis.values() for each in api.authorizers.values()]
    return list(dict.fromkeys(name for name in (*health, *authorizers) if name))


def left(found: list[dict[str, Any]]) -> int:
    """Return how many messages of Stack.queues() are not consumed yet; at least 1 while a consumer is running. Delayed
    messages do not count: they are for minutes later, such as the last sweep of an erasure."""
    return sum(
        max(queue["waiting"] + queue["in_flight"], int(not queue["idle"])) for queue in found if queue["consumed"]
    )


def _json(value: Any) -> Response:
    return Response(200, [("content-type", "application/json")], json.dumps(value, indent=2).encode())
