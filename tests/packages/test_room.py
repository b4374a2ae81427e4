"""A room shows what would fail on Lambda: made-up functions, each with one thing wrong."""

import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localcloud import setup
from packages import runtime
from packages.contents import Archive, Package
from packages.interpreter import Interpreter
from packages.room import room
from packages.room.room import Room

SETTINGS = {"POWERTOOLS_SERVICE_NAME": "shop", "STOCK_URL": "https://stock.example"}

SOUND = """
import os

def handler(event, context):
    return {"stock": os.environ["STOCK_URL"], "seconds": context.get_remaining_time_in_millis()}
"""

Answer = dict[str, Any]


class Asked:
    """A room, and functions that move in one after the other."""

    def __init__(self, place: Room, zips: Path) -> None:
        self._room = place
        self._zips = zips
        self._count = 0

    def __call__(
        self,
        files: Mapping[str, str],
        *,
        layer: Mapping[str, str] | None = None,
        mode: int = 0o644,
        **request: object,
    ) -> Answer:
        """What the function with these files answers."""
        self._count += 1
        code, opt = (self._zips / f"{self._count}-{part}.zip" for part in ("code", "layer"))
        package = Package(
            name=f"shop-{self._count}",
            handler="shop.handler.handler",
            environment=dict(SETTINGS),
            memory=128,
            timeout=20,
            code=archive(code, {"shop/__init__.py": "", **files}, mode=mode),
            layers=(archive(opt, layer),) if layer else (),
            layer_names=(f"stock-{self._count}",) if layer else (),
        )
        self._room.unzip([package])
        return self._room.run(package, SETTINGS, **({"checks": True, "own": ["shop"]} | request))


@pytest.fixture(scope="module")
def outside(python: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with built(Room(tmp_path_factory.mktemp("outside") / "room", python, entered=False)) as asked:
        yield asked


@pytest.fixture(scope="module")
def inside(python: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    if not room.can_be_entered():
        pytest.skip("only root may become another user in another root")
    with built(Room(tmp_path_factory.mktemp("inside") / "room", python, entered=True)) as asked:
        yield asked


@contextmanager
def built(place: Room) -> Iterator[Asked]:
    place.build(runtime.install(setup.ROOT, place.python))
    yield Asked(place, place.folder.parent)
    room.delete(place.folder)


@pytest.fixture(params=["inside", "outside"])
def ask(request: pytest.FixtureRequest) -> Asked:
    asked: Asked = request.getfixturevalue(request.param)
    return asked


def archive(file: Path, files: Mapping[str, str], *, mode: int = 0o644) -> Archive:
    with zipfile.ZipFile(file, "w") as written:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | mode) << 16
            written.writestr(entry, text)
    return Archive(file.stem, file)


def test_a_sound_function_answers(ask: Asked) -> None:
    told = ask({"shop/handler.py": SOUND}, event={})
    assert told["problems"] == []
    assert told["result"]["stock"] == SETTINGS["STOCK_URL"]
    assert 15_000 < told["result"]["seconds"] <= 20_000


def test_a_layer_comes_before_what_lambda_brings_and_the_function_before_both(ask: Asked) -> None:
    told = ask(
        {
            "shop/handler.py": "import six, stock\ndef handler(*_): return [six.x, stock.x]\n",
            "stock.py": "x = 'function'\n",
        },
        layer={"python/six.py": "x = 'layer'\n", "python/stock.py": "x = 'layer'\n"},
        event={},
        checks=False,
    )
    assert told["result"] == ["layer", "function"]


def test_lambda_brings_boto3_of_the_pinned_release(ask: Asked) -> None:
    code = "import boto3\ndef handler(*_): return boto3.__version__\n"
    told = ask({"shop/handler.py": code}, event={}, checks=False)
    assert f"boto3=={told['result']}" in (setup.ROOT / runtime.PINS).read_text()


WRONG = {
    "a package that only this machine has": (
        {"shop/handler.py": f"import yaml\n{SOUND}"},
        "cannot be imported: ModuleNotFoundError: No module named 'yaml'",
    ),
    "a module that only a rare request needs": (
        {"shop/handler.py": SOUND, "shop/rare.py": "import nothing_of_that_name\n"},
        "shop.rare cannot be imported: ModuleNotFoundError: No module named 'nothing_of_that_name'",
    ),
    "a warning": (
        {"shop/handler.py": f"import warnings\nwarnings.warn('soon gone')\n{SOUND}"},
        "UserWarning: soon gone",
    ),
    "no function of that name": (
        {"shop/handler.py": "handler = 'none'\n"},
        "has no function shop.handler.handler",
    ),
    "settings that it does without": (
        {"shop/handler.py": "def handler(*_): return {}\n"},
        "works without any of its settings",
    ),
    "an unclear error without settings": (
        {"shop/handler.py": "def handler(*_): raise ValueError('wrong')\n"},
        "without its settings it says only: ValueError: wrong",
    ),
    "an end of the process": (
        {"shop/handler.py": "import os\nos._exit(3)\n"},
        "ended with 3",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_would_fail_on_lambda_is_found(ask: Asked, what: str) -> None:
    files, problem = WRONG[what]
    (found,) = ask(files)["problems"]
    assert problem in found


DENIED = {
    "writes into its own folder": "open('/var/task/cache', 'w')",
    "writes into a layer": "open('/opt/cache', 'w')",
    "looks for a home": "(__import__('pathlib').Path.home() / 'x').write_text('')",
    "asks for this machine's time zones": "__import__('zoneinfo').ZoneInfo('Europe/Vienna')",
    "reads this machine's files": f"open({str(Path(__file__))!r})",
    "runs this machine's programs": "__import__('subprocess').run(['sh', '-c', 'true'])",
    "shares memory between processes": "__import__('multiprocessing').Lock()",
}


@pytest.mark.parametrize("what", DENIED)
def test_a_function_that_does_what_lambda_denies_fails_in_a_room(inside: Asked, what: str) -> None:
    code = f"def handler(*_): {DENIED[what]}\n"
    assert "error" in inside({"shop/handler.py": code}, event={}, checks=False)


def test_temporary_files_may_be_written(ask: Asked) -> None:
    code = "import tempfile\ndef handler(*_): return tempfile.TemporaryFile().write(b'12')\n"
    assert ask({"shop/handler.py": code}, event={}, checks=False)["result"] == 2


def test_what_lambdas_user_may_not_read_fails(inside: Asked) -> None:
    (problem,) = inside({"shop/handler.py": SOUND}, mode=0o600)["problems"]
    assert "PermissionError" in problem
