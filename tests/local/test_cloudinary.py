"""Jobs whose images go to Cloudinary, through everything that is deployed, to its stand-in."""

import csv
import io
import time
from collections.abc import Iterator

import pytest
import requests

from imaging.stores.cloudinary.store import BELIEVED
from localcloud import cdk
from localcloud.cloud import LocalCloud
from localcloud.cloudinary import fill_in
from localcloud.stack import Stack
from tests.cloudinary_server import CloudinaryServer
from tests.deployed import Api, ended
from tests.origin import Origin
from tests.pictures import encoded, opened, photo

PICTURE = encoded(photo(), "PNG")


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def test_images_go_to_the_store_that_the_job_names(
    api: Api, origin: Origin, cloudinary_server: CloudinaryServer
) -> None:
    a, b = (origin.serve(f"/{name}.png", PICTURE) for name in "ab")
    table = f"name,images\nRed & blue cup,{a} {b}\nJug,{b}\n".encode()
    job_id = api.submit(table, store="cloudinary")
    job = api.until(job_id, ended)
    assert (job["options"]["store"], job["images"]["succeeded"]) == ("cloudinary", 2)

    assets = {name: asset for name, asset in cloudinary_server.assets.items() if job_id in name}
    (folder,) = {name.rpartition("/")[0] for name in assets}
    assert folder.startswith("darkroom/")
    assert {asset.context["product"] for asset in assets.values()} == {"Red & blue cup"}
    shown = api.call("GET", f"/v1/jobs/{job_id}/images").json()["items"]
    addresses = [image["output_url"] for image in shown]
    for position, (image, address) in enumerate(zip(shown, addresses, strict=True)):
        assert address.startswith(cloudinary_server.prefix)
        assert address.endswith(f"{folder}/{position}.jpg")
        stored = requests.get(address, timeout=30).content
        assert (len(stored), opened(stored).format) == (image["output"]["bytes"], "JPEG")
    rows = list(csv.DictReader(io.StringIO(api.download(job_id, "result"))))
    assert [row["Output Image Urls"] for row in rows] == [",".join(addresses), addresses[1]]

    usual = api.until(api.submit(table), ended)
    assert (usual["options"]["store"], usual["images"]["succeeded"]) == ("s3", 2)
    assert not any(usual["job_id"] in name for name in cloudinary_server.assets)


def test_the_credentials_are_in_no_template_and_no_log(
    cloud: LocalCloud, cloudinary_server: CloudinaryServer
) -> None:
    files = [file for file in cloud.state.rglob("*") if file.suffix in {".json", ".log"}]
    written = [file for file in files if "aws" not in file.relative_to(cloud.state).parts]
    assert {"deploy.log", "emulator.log", "darkroom-local.template.json"} <= {
        file.name for file in written
    }
    for file in written:
        assert cloudinary_server.api_secret not in file.read_text(errors="replace"), file


def test_images_that_a_wrong_key_failed_are_retried_once_it_is_mended(
    api: Api,
    stack: Stack,
    origin: Origin,
    cloudinary_server: CloudinaryServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = stack.aws_endpoint_url
    secret, before = cdk.outputs(endpoint)["CloudinarySecret"], cloudinary_server.url
    monkeypatch.setattr(cloudinary_server, "api_secret", "changed-at-cloudinary")
    table = f"name,images\nCup,{origin.serve('/a.png', PICTURE)}\n".encode()
    job_id = api.submit(table, store="cloudinary")
    assert api.until(job_id, ended)["images"]["failed"] == 1
    (image,) = api.call("GET", f"/v1/jobs/{job_id}/images").json()["items"]
    assert image["error"] == {
        "code": "storage_error",
        "message": "Cloudinary does not accept this installation's credentials.",
    }
    fill_in(endpoint, secret, cloudinary_server.url)
    time.sleep(BELIEVED)
    assert api.call("POST", f"/v1/jobs/{job_id}/retry").status_code == 202
    assert api.until(job_id, ended)["images"]["succeeded"] == 1
    fill_in(endpoint, secret, before)
