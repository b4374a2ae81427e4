"""The pace of a trial's sources."""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import pytest

from localcloud.upgrade import sources as module
from localcloud.upgrade.sources import Sources


def fetch(sources: Sources, path: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{sources.url}{path}", timeout=60) as answer:
            assert PurePosixPath(path).suffix == ".jpg"
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_a_picture_is_there_or_gone_as_its_name_says() -> None:
    with Sources() as sources:
        sources.hurry(2)
        assert fetch(sources, "/large/picture-1.jpg") == 200
        assert fetch(sources, "/large/gone-2.jpg") == 404
        assert sources.answered.keys() == {"/large/picture-1.jpg", "/large/gone-2.jpg"}


def test_what_is_beyond_the_share_waits_until_there_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SLOWLY", 60.0)
    monkeypatch.setattr(module, "SLOWEST", 60.0)
    with Sources() as sources, ThreadPoolExecutor(3) as pool:
        sources.hurry(1)
        assert fetch(sources, "/a/picture-0.jpg") == 200
        waiting = [pool.submit(fetch, sources, f"/a/picture-{n}.jpg") for n in (1, 2)]
        while sources.asked < 3:
            pass
        assert len(sources.answered) == 1
        sources.hurry(2)
        assert [each.result() for each in waiting] == [200, 200]
