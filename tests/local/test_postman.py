"""The Postman collection: as the API is now, and run from the first call to the last by newman."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import requests

from localcloud import setup
from localcloud.stack import Stack
from postman.collection import collection, text
from tests.cloud import ROOT
from tests.deployed import PATIENCE
from tests.origin import Origin
from tests.pictures import encoded, photo

FILE = ROOT / "docs" / "postman_collection.json"


@pytest.fixture(scope="module")
def newman() -> Path:
    return setup.node_tool(ROOT, "newman", "newman, which runs Postman collections") / "newman"


def test_the_collection_is_what_the_api_offers_now(stack: Stack) -> None:
    document = requests.get(f"{stack.api_url}/openapi.json", timeout=30).json()
    made = text(collection(document))
    assert FILE.read_text("utf-8") == made, "`make postman` makes it anew"


def test_every_call_of_it_works_in_its_order(stack: Stack, newman: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    picture = encoded(photo(), "JPEG")
    with Origin() as origin:
        origin.on("/photo.jpg", lambda visit: visit.answer(200, picture))
        origin.on("/hook", lambda visit: visit.answer(200))
        values = {
            "api_url": stack.api_url,
            "api_key": stack.api_key,
            "image_url": origin.url("/photo.jpg"),
            "webhook_url": origin.url("/hook"),
        }
        command = [str(newman), "run", str(FILE), "--reporters", "cli,json", "--color", "off"]
        command += ["--reporter-json-export", str(report)]
        for name, value in values.items():
            command += ["--env-var", f"{name}={value}"]
        path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            env={"PATH": path, "HOME": str(tmp_path)},
        )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    run = json.loads(report.read_text("utf-8"))["run"]
    requested = {each["item"]["name"] for each in run["executions"]}
    assert requested == {each["name"] for each in json.loads(FILE.read_text("utf-8"))["item"]}
    assert run["stats"]["assertions"]["total"] > len(requested)
