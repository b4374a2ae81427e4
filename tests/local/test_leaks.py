"""The log of all functions, after jobs that carried secrets: it has none of them."""

import secrets
import time
from urllib.parse import urlsplit

from localcloud.cloud import LocalCloud
from localcloud.processes import free_port
from localcloud.stack import Stack
from tests.deployed import PATIENCE, Api, ended
from tests.origin import Origin
from tests.pictures import encoded, photo

PICTURE = encoded(photo(), "JPEG")
ODD = b"HTTP/1.1 200 OK\r\nno colon in this header\r\n\r\nhello"


def test_the_log_of_a_whole_job_holds_no_secret(cloud: LocalCloud, stack: Stack) -> None:
    """A shop's signed image addresses and a webhook's token are as secret as our own keys."""
    api, token = Api(stack), secrets.token_hex(8)
    signed = f"?X-Amz-Signature={token}"
    with Origin() as origin:
        hook = f"{origin.url('/hook')}?token={token}"  # answers 404
        urls = [
            f"{origin.serve('/a.jpg', PICTURE)}",
            origin.serve(f"/good.jpg{signed}", PICTURE),
            origin.serve(f"/broken.jpg{signed}", PICTURE[:500]),
            origin.redirect(f"/moved.jpg{signed}", f"{origin.url('/gone.jpg')}{signed}"),
            origin.url(f"/dead.jpg{signed}"),
            origin.on(f"/odd.jpg{signed}", lambda visit: visit.raw(ODD)),
            f"http://127.0.0.1:{free_port()}/refused.jpg{signed}",
            f"http://10.0.0.1/inside.jpg{signed}",
            f"http://user:{token}@shop.invalid/a.jpg",
        ]
        rows = "".join(f"{token},{url}\n" for url in urls)
        job_id = api.submit(f"name,images\n{rows}".encode(), webhook_url=hook)
        api.call("GET", "/v1/jobs", headers={"authorization": f"Bearer {token}"})
        api.call("GET", f"/v1/jobs/{token}")
        secret = api.call("GET", "/v1/webhook-secret").json()["secret"]
        # The address that refuses is tried for minutes.
        api.until(job_id, lambda job: ended(job) or job["images"]["pending"] == 1)
        result = api.call("GET", f"/v1/jobs/{job_id}/result").headers.get("location", "")
        deadline = time.monotonic() + PATIENCE
        while not any(each["attempts"] for each in api.deliveries(job_id)):
            assert time.monotonic() < deadline
            time.sleep(0.3)
        api.call("POST", f"/v1/jobs/{job_id}/cancel")

    log = (cloud.state / "emulator.log").read_text(errors="replace")
    assert job_id in log
    password = urlsplit(stack.database_url).password
    for name, hidden in {
        "what the client kept secret": token,
        "the API key": stack.api_key,
        "the webhook secret": secret.removeprefix("whsec_"),
        "the database's password": password or "none",
        "a signed address": urlsplit(result).query or "none at all",
    }.items():
        assert hidden not in log, (
            name,
            next(line for line in log.splitlines() if hidden in line)[:500],
        )
