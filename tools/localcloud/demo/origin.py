"""The shop's picture server: good pictures, and everything that goes wrong with such servers."""

import threading
import time
from collections.abc import Mapping
from http import HTTPStatus

from localcloud.processes import LOOPBACK
from localcloud.servers import LoopbackServer, Visit

SIZE_CHART = b"size;length in cm\n36;23.0\n37;23.7\n38;24.3\n39;25.0\n"
Answer = tuple[HTTPStatus, dict[str, str], bytes]

PAUSE = 1.5
"""Seconds that the slow one takes."""


class Origin(LoopbackServer):
    """Serves pictures on a free loopback port while it is entered."""

    def __init__(self, pictures: Mapping[str, bytes], *, host: str = LOOPBACK) -> None:
        super().__init__(self._visit(), host=host)
        self._pictures = pictures
        self._oddities = _oddities(pictures)
        self._busy = threading.Event()

    def picture(self, name: str) -> Answer:
        """Status, headers and body for one file name."""
        if name == "slow.jpg":
            time.sleep(PAUSE)
        if name == "busy.jpg" and not self._busy.is_set():  # the first time only
            self._busy.set()
            return HTTPStatus.INTERNAL_SERVER_ERROR, {}, b""
        if name in self._oddities:
            return self._oddities[name]
        if name not in self._pictures:
            return HTTPStatus.NOT_FOUND, {}, b""
        kind = "image/png" if name.endswith(".png") else "image/jpeg"
        return HTTPStatus.OK, {"content-type": kind}, self._pictures[name]

    def _visit(origin) -> type[Visit]:  # noqa: N805 (the visit has its self)
        class Get(Visit):
            def do_GET(self) -> None:  # noqa: N802 (http.server's name)
                status, headers, body = origin.picture(self.path.lstrip("/"))
                self.answer(status, body, headers)

        return Get


def _oddities(pictures: Mapping[str, bytes]) -> dict[str, Answer]:
    jpeg = {"content-type": "image/jpeg"}
    box = pictures["carton-sky.jpg"]
    return {
        "size-chart.jpg": (HTTPStatus.OK, jpeg, SIZE_CHART),  # text that says it is a picture
        "torn.jpg": (HTTPStatus.OK, jpeg, box[: len(box) // 3]),
        "secret.jpg": (HTTPStatus.FORBIDDEN, {}, b""),
        "moved.jpg": (HTTPStatus.FOUND, {"location": "/carton-brick.jpg"}, b""),
        "slow.jpg": (HTTPStatus.OK, jpeg, pictures["shoe-sky.jpg"]),
        "busy.jpg": (HTTPStatus.OK, jpeg, pictures["mug-sky.jpg"]),
    }
