"""Requests to the API, one by one, as a tenant who means no good sends them."""

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import unquote

import pytest

from localcloud import cdk
from localcloud.stack import Stack
from tests.local.hostile.calls import CALLS, CSV, FILENAMES, Call, made
from tests.local.hostile.client import AT_ONCE, Client, Reply
from tests.local.hostile.forms import FORMS
from tests.local.hostile.transports import PICTURE
from tests.origin import Origin

ALL = CALLS | {f"form: {name}": call for name, call in FORMS.items()}
SAVED = re.compile(
    r"""attachment; filename="([\w .()-]*)"(?:; filename\*=UTF-8''([\w.~%-]+))?""", re.ASCII
)
"""A Content-Disposition out of which nothing can break, for old clients and for new ones."""

INTERNALS = ("Traceback", "psycopg", "pydantic", "botocore", "SELECT ", "/layer", "evil.invalid")


@pytest.fixture(scope="session")
def replies(client: Client, stack: Stack, outside: Origin) -> dict[str, Reply]:
    neighbour = Client(replace(stack, api_key=another_key(stack)))
    fill = filler(client, neighbour, outside.serve("/picture.jpg", PICTURE))

    def sent(call: Call) -> Reply:
        headers = {name: fill(value) for name, value in call.headers.items()}
        return client.call(call.method, fill(call.path), call.body, headers, keyed=call.keyed)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(ALL, pool.map(sent, ALL.values()), strict=True))


@pytest.mark.parametrize("name", ALL)
def test_a_request_is_answered_as_it_should_be(replies: dict[str, Reply], name: str) -> None:
    wanted, reply = ALL[name], replies[name]
    assert (reply.status, code_of(reply)) == (wanted.status, wanted.code), reply
    text = reply.body.decode() + json.dumps(reply.headers)
    assert not [word for word in INTERNALS if word in text], text
    if wanted.code is None:
        return
    problem = reply.json
    assert problem["type"] == f"urn:darkroom:problem:{wanted.code}"
    assert problem["status"] == wanted.status
    assert problem["title"]
    assert problem["detail"].endswith((".", ")"))
    assert len(reply.body) < 10_000


@pytest.fixture(scope="session")
def downloads(client: Client) -> dict[str, Reply]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [filename for filename, _ in FILENAMES.values()]
        jobs = list(pool.map(lambda filename: client.submit(CSV, filename=filename), asked))
        client.ended(jobs)
        files = pool.map(lambda job_id: client.download(job_id, "result"), jobs)
        return dict(zip(FILENAMES, files, strict=True))


@pytest.mark.parametrize("name", FILENAMES)
def test_a_result_is_saved_under_its_name_whatever_that_is(
    downloads: dict[str, Reply], name: str
) -> None:
    headers = downloads[name].headers
    found = SAVED.fullmatch(headers["content-disposition"])
    assert found is not None, headers
    plain, whole = found.groups()
    assert unquote(whole or plain, errors="strict") == FILENAMES[name][1]
    assert headers["content-type"] == "text/csv; charset=utf-8"


def code_of(reply: Reply) -> str | None:
    if reply.headers.get("content-type") != "application/problem+json":
        return None
    return str(reply.json["code"])


def another_key(stack: Stack) -> str:
    """A key of a tenant of its own."""
    functions = cdk.session().client("lambda", endpoint_url=stack.aws_endpoint_url)
    names = [each["FunctionName"] for each in functions.list_functions()["Functions"]]
    [migrator] = [name for name in names if "Migrator" in name and "Provider" not in name]
    request = {"action": "create_api_key", "tenant": "neighbour", "name": "hostile"}
    answer = functions.invoke(FunctionName=migrator, Payload=json.dumps(request))
    return str(json.loads(answer["Payload"].read())["api_key"])


def filler(client: Client, neighbour: Client, picture: str) -> Callable[[str], str]:
    """What puts things that exist in place of their names."""
    [ended] = client.ended([client.submit(f"name,images\nCup,{picture} nope\n".encode())])
    mine, theirs = ended.job["job_id"], ""
    for _ in range(2):
        theirs = neighbour.submit(b"name,images\n", webhook_url="http://127.0.0.2/")
    neighbour.ended([theirs])
    [delivery] = neighbour.call("GET", f"/v1/jobs/{theirs}/deliveries").json["items"]
    jobs_cursor = page(client, "/v1/jobs")
    images_cursor = page(client, f"/v1/jobs/{mine}/images")
    once = {"Idempotency-Key": "hostile"}
    known = {
        "key": client.key,
        "half": client.key[:20],
        "capitals": client.key.upper(),
        "job": mine,
        "theirs": theirs,
        "delivery": delivery["delivery_id"],
        "waiting": client.call("POST", "/v1/jobs", headers=once).json["job_id"],
        "used": once["Idempotency-Key"],
        "jobs_cursor": jobs_cursor,
        "images_cursor": images_cursor,
        "their_cursor": page(neighbour, "/v1/jobs"),
        "forged": forged(jobs_cursor, "nope"),
        "forged_before": forged(images_cursor, "-1"),
        "forged_beyond": forged(images_cursor, "9" * 12),
        "forged_digits": forged(images_cursor, "\N{ARABIC-INDIC DIGIT ONE}"),
    }
    return lambda text: re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)


def page(client: Client, path: str) -> str:
    """The cursor behind the first item of a list."""
    return str(client.call("GET", f"{path}?limit=1").json["next_cursor"])


def forged(cursor: str, after: str) -> str:
    """A cursor of the same list that leads to another place."""
    of = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))["of"]
    return made(of=of, after=after)
