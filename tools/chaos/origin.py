"""The sources of the pictures, each of which answers as its plan says."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from chaos.sources import Answer, ImagePlan
from chaos.tally import FOR_GOOD, Tally
from localcloud.servers import LoopbackServer, Visit

STALL = 40.0
"""Seconds; longer than anybody waits for a picture."""

TEXT = b"Size;Length\n36;23.0\n37;23.7\n"

REFUSALS: dict[Answer, tuple[int, dict[str, str]]] = {
    Answer.ERROR: (500, {}),
    Answer.BUSY: (503, {}),
    Answer.LIMITED: (429, {"retry-after": "1"}),
    Answer.MISSING: (404, {}),
    Answer.FORBIDDEN: (403, {}),
}


class Origin(LoopbackServer):
    """Serves pictures while it is entered.

    Args:
        pictures: what a good answer has, by number.
        kill: ends the process whose connection comes from a port of this machine.
    """

    def __init__(
        self, pictures: Sequence[bytes], tally: Tally, kill: Callable[[int], bool]
    ) -> None:
        super().__init__(self._visit())
        self.tally = tally
        self.kill = kill
        self.closing = threading.Event()
        self._pictures = pictures
        self._images: dict[str, ImagePlan] = {}
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, images: Mapping[str, ImagePlan]) -> None:
        """Puts images at their paths."""
        self._images.update(images)

    @property
    def fetches(self) -> int:
        """Requests so far."""
        with self._lock:
            return self._asked.total()

    def times(self, name: str) -> int:
        """Requests for one path so far."""
        with self._lock:
            return self._asked[name]

    def next_answer(self, name: str) -> tuple[Answer, bytes]:
        """What this request is answered, and the picture that a good answer has."""
        image = self._images.get(name, ImagePlan(name, (Answer.MISSING,)))
        with self._lock:
            answer = image.answers[min(self._asked[name], len(image.answers) - 1)]
            self._asked[name] += 1
        if answer is not Answer.GOOD:
            self.tally.add("sources" + (FOR_GOOD if image.code else ""), answer)
        return answer, self._pictures[image.picture]

    def end(self, answer: Answer, port: int) -> None:
        """What an answer without an answer does before it hangs up."""
        if answer is Answer.HANG:
            self.closing.wait(STALL)
        if answer is Answer.LETHAL:
            self.kill(port)

    def _visit(origin) -> type[Visit]:  # noqa: N805 (the visit has its self)
        class Fetch(Visit):
            def do_GET(self) -> None:  # noqa: N802 (http.server's name)
                answer, picture = origin.next_answer(self.path)
                half = picture[: len(picture) // 2]
                match answer:
                    case Answer.GOOD:
                        self.answer(200, picture)
                    case Answer.TEXT:
                        self.answer(200, TEXT)
                    case Answer.TORN:
                        self.answer(200, half)
                    case Answer.HALF:
                        self.answer(200, half, {"content-length": str(len(picture))})
                        self.hang_up()
                    case Answer.CUT:
                        self.break_off(200)
                    case Answer.CLOSED | Answer.HANG | Answer.LETHAL:
                        origin.end(answer, self.client_address[1])
                        self.hang_up()
                    case _:
                        status, headers = REFUSALS[answer]
                        self.answer(status, headers=headers)

        return Fetch
