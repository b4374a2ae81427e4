"""The source of the pictures. It answers fast or slowly, so that a job outlives the deploys."""

import io
import threading
import time

from PIL import Image

from localcloud.servers import LoopbackServer, Visit

SLOWLY, SLOWEST = 1.0, 15.0
"""Seconds to an answer beyond the quota, at first and after as many again: the job goes on, and
does not end before the deploys that it is to outlive. A source has 30."""

GONE = "gone"
"""In the names of pictures that are not there."""


def picture() -> bytes:
    """A tiny JPEG: what is tried here is not the codec."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize((24, 16)).convert("RGB").save(made, "JPEG")
    return made.getvalue()


class Sources(LoopbackServer):
    """Serves the same picture under every name while it is entered."""

    def __init__(self) -> None:
        super().__init__(self._visit())
        self._picture = picture()
        self._quota = self._share = 0
        self._asked = 0
        self._answered: dict[str, float] = {}
        self._change = threading.Condition()

    def hurry(self, share: int) -> None:
        """Answers so many more requests fast, and the others ever more slowly."""
        with self._change:
            self._quota, self._share = self._asked + share, share
            self._change.notify_all()

    @property
    def asked(self) -> int:
        """Requests so far."""
        with self._change:
            return self._asked

    @property
    def answered(self) -> dict[str, float]:
        """By path, the seconds since the epoch at which it was answered last."""
        with self._change:
            return dict(self._answered)

    def wait(self) -> None:
        """Takes note of a request, and the time that its answer takes."""
        with self._change:
            self._asked += 1
            mine = self._asked
            beyond = max(0, mine - self._quota) / max(1, self._share)
            pause = SLOWLY + (SLOWEST - SLOWLY) * min(1.0, beyond)
            self._change.wait_for(lambda: mine <= self._quota, timeout=pause)

    def note(self, path: str) -> None:
        with self._change:
            self._answered[path] = time.time()

    def _visit(sources) -> type[Visit]:  # noqa: N805 (the visit has its self)
        class Get(Visit):
            def do_GET(self) -> None:  # noqa: N802 (http.server's name)
                sources.wait()
                sources.note(self.path)
                if GONE in self.path:
                    self.answer(404)
                else:
                    self.answer(200, sources._picture)

        return Get
