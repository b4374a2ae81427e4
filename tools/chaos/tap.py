"""What stands between a function and AWS: a proxy for S3 and SQS that does not always obey."""

import http.client
import json
import random
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chaos.fates import OTHER, READ, SEND, Fate, Fates
from chaos.tally import Tally
from localcloud.servers import LoopbackServer, Visit

LATEST = 12
"""Seconds by which messages are late at most."""

NOT_PASSED_ON = {"connection", "expect", "content-length", "transfer-encoding"}


@dataclass(frozen=True)
class Call:
    """One request, whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def service(self) -> str:
        return "sqs" if "x-amz-target" in self.headers else "s3"

    @property
    def kind(self) -> str:
        if self.headers.get("x-amz-target", "").endswith("SendMessageBatch"):
            return SEND
        return READ if (self.method, self.service) == ("GET", "s3") else OTHER

    def delayed(self, chance: random.Random) -> "Call":
        """The same messages, each to be visible at another time."""
        content = json.loads(self.body)
        for entry in content["Entries"]:
            entry["DelaySeconds"] = entry.get("DelaySeconds", 0) + chance.randint(0, LATEST)
        return Call(self.method, self.path, self.headers, json.dumps(content).encode())


@dataclass(frozen=True)
class Reply:
    """One answer, whole."""

    status: int
    headers: dict[str, str]
    body: bytes


class Tap(LoopbackServer):
    """Passes one function's calls on while it is entered, as the fates have it.

    Args:
        upstream: address of the emulator.
        kill: ends the process of the function whose connection comes from a port of this machine.
    """

    def __init__(
        self,
        function: str,
        upstream: str,
        fates: Fates,
        tally: Tally,
        kill: Callable[[str, int], bool],
    ) -> None:
        super().__init__(self._visit())
        self.function = function
        self.upstream = urllib.parse.urlsplit(upstream).netloc
        self._fates = fates
        self._tally = tally
        self._kill = kill

    def relay(self, call: Call, forward: Callable[[Call], Reply], port: int) -> Reply | None:
        """Lets a call's fate happen.

        Returns:
            what the caller hears, with a Content-Length that says how much it should be; ``None``
            if that is nothing.
        """
        fate, chance = self._fates.draw(self.function, call.service, call.kind)
        if fate is not Fate.OBEYED:
            self._tally.add(f"{call.service} for {self.function}", fate)
        if fate is Fate.REFUSED:
            return refusal(call, chance)
        if fate is Fate.KILLED_BEFORE:
            self._kill(self.function, port)
            return None
        if fate is Fate.TWICE:
            forward(call.delayed(chance))
        reply = forward(call.delayed(chance) if fate is Fate.LATE else call)
        if fate is Fate.KILLED_AFTER:
            self._kill(self.function, port)
            return None
        if fate is Fate.UNHEARD:
            return refusal(call, chance)
        cut = len(reply.body) // 2 if fate is Fate.CUT else None
        return Reply(reply.status, reply.headers, reply.body[:cut])

    def _visit(tap) -> type[Visit]:  # noqa: N805 (the visit has its self)
        class Relay(Visit):
            def do_GET(self) -> None:  # noqa: N802 (http.server's name)
                headers = {key.lower(): value for key, value in self.headers.items()}
                call = Call(self.command, self.path, headers, self.body())
                reply = tap.relay(call, self.forward, self.client_address[1])
                if reply is None:
                    self.hang_up()
                    return
                told = int(reply.headers.get("content-length", len(reply.body)))
                self.answer(reply.status, reply.body, reply.headers)
                if told != len(reply.body) and self.command != "HEAD":
                    self.hang_up()

            do_PUT = do_POST = do_HEAD = do_DELETE = do_GET  # noqa: N815 (http.server's names)

            def forward(self, call: Call) -> Reply:
                """Asks the emulator, on a connection of this one's own."""
                upstream = http.client.HTTPConnection(tap.upstream, timeout=60)
                try:
                    kept = {k: v for k, v in call.headers.items() if k not in NOT_PASSED_ON}
                    upstream.request(call.method, call.path, call.body or None, kept)
                    answer = upstream.getresponse()
                    body = answer.read()
                    headers = {key.lower(): value for key, value in answer.getheaders()}
                finally:
                    upstream.close()
                for name in ("connection", "transfer-encoding", "date", "server"):
                    headers.pop(name, None)
                headers.setdefault("content-length", str(len(body)))
                return Reply(answer.status, headers, body)

        return Relay


def refusal(call: Call, chance: random.Random) -> Reply:
    """What the service says that cannot do it just now."""
    if call.service == "sqs":
        body = {"__type": "com.amazonaws.sqs#InternalError", "message": "Try again."}
        content = json.dumps(body).encode()
        return Reply(500, {"content-type": "application/x-amz-json-1.0"}, content)
    status, code = chance.choice(((500, "InternalError"), (503, "SlowDown")))
    text = f"<Error><Code>{code}</Code><Message>Please reduce your request rate.</Message></Error>"
    return Reply(status, {"content-type": "application/xml"}, text.encode())
