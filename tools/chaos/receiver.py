"""The receivers of webhooks, each answering as its plan says, and the log of what arrived."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from chaos.hooks import HookAnswer, HookPlan
from chaos.tally import FOR_GOOD, Tally
from localcloud.servers import LoopbackServer, Visit

SLOW, STALL = 3.0, 20.0
"""Seconds; a webhook may take 15."""

ELSEWHERE = "/elsewhere"
"""Where redirects lead, and nobody is to come."""

ANSWERS: dict[HookAnswer, tuple[int, dict[str, str]]] = {
    HookAnswer.TAKEN: (204, {}),
    HookAnswer.ERROR: (500, {}),
    HookAnswer.LIMITED: (429, {"retry-after": "2"}),
    HookAnswer.REDIRECT: (302, {"location": ELSEWHERE}),
    HookAnswer.GONE: (410, {}),
}


@dataclass(frozen=True)
class Arrived:
    """One request. ``job_id`` and ``event`` are empty where its signature is not valid."""

    path: str
    webhook_id: str
    job_id: str
    event: str
    answer: HookAnswer


class Receiver(LoopbackServer):
    """Takes webhooks in while it is entered.

    Args:
        secret: what they are signed with.
    """

    def __init__(self, secret: str, hooks: Mapping[str, HookPlan], tally: Tally) -> None:
        super().__init__(self._visit())
        self.closing = threading.Event()
        self._webhook = Webhook(secret)
        self._hooks = hooks
        self._tally = tally
        self._tries: Counter[str] = Counter()
        self._arrived: list[Arrived] = []
        self._lock = threading.Lock()

    @property
    def arrived(self) -> list[Arrived]:
        with self._lock:
            return list(self._arrived)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> HookAnswer:
        """Notes one request; what it is answered."""
        try:
            self._webhook.verify(body, headers)
            content = json.loads(body)
        except WebhookVerificationError:
            content = {"type": "", "data": {"job_id": ""}}
        webhook_id = headers.get("webhook-id", "")
        hook = self._hooks.get(path)
        with self._lock:
            answers = hook.answers if hook else (HookAnswer.GONE,)
            answer = answers[min(self._tries[webhook_id], len(answers) - 1)]
            self._tries[webhook_id] += 1
            job_id, event = content["data"]["job_id"], content["type"]
            self._arrived.append(Arrived(path, webhook_id, job_id, event, answer))
        if answer is not HookAnswer.TAKEN:
            lasts = hook is None or not hook.takes
            self._tally.add("receivers" + (FOR_GOOD if lasts else ""), answer)
        return answer

    def _visit(receiver) -> type[Visit]:  # noqa: N805 (the visit has its self)
        class Post(Visit):
            def do_POST(self) -> None:  # noqa: N802 (http.server's name)
                headers = {key.lower(): value for key, value in self.headers.items()}
                answer = receiver.take(self.path, headers, self.body())
                match answer:
                    case HookAnswer.CUT:
                        self.break_off(204)
                    case HookAnswer.CLOSED:
                        self.hang_up()
                    case HookAnswer.SLOW:
                        receiver.closing.wait(SLOW)
                        self.answer(503)
                    case HookAnswer.STALLED:
                        receiver.closing.wait(STALL)
                        self.hang_up()
                    case _:
                        status, more = ANSWERS[answer]
                        self.answer(status, headers=more)

        return Post
