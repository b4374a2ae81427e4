"""Whether everything came out as the sample says; each finding is one sentence."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from PIL import Image

from darkroom.failures import Failure
from darkroom.words import Answer
from localcloud.demo.pictures import GPS, ORIENTATION
from localcloud.demo.receiver import Delivery
from localcloud.demo.sample import HEADER, OUTCOMES, ROWS, Sample

EVENTS = ("job.processing", "job.completed")


def job(answer: Answer, sample: Sample) -> Iterator[str]:
    """The counters of the finished job."""
    if answer["status"] != "completed":
        yield f"the job is {answer['status']}: {answer['error']}"
    expected = {
        "rows": {"total": len(ROWS), "rejected": sample.rejected()},
        "images": {
            "total": len(sample.images),
            "pending": 0,
            "succeeded": len(sample.images) - len(sample.failures),
            "failed": len(sample.failures),
        },
    }
    for name, numbers in expected.items():
        if answer[name] != numbers:
            yield f"the job's {name} are {answer[name]}, not {numbers}"


def balance(answer: Answer) -> Iterator[str]:
    """What holds in every answer."""
    images = answer["images"]
    if images["total"] != images["pending"] + images["succeeded"] + images["failed"]:
        yield f"the job's images do not add up: {images}"


def images(answers: Sequence[Answer], sample: Sample) -> Iterator[str]:
    """One answer for each distinct URL, with the outcome that it must have."""
    found = {each["source_url"]: each for each in answers}
    if len(found) != len(answers):
        yield "an image is listed twice"
    for url in sample.images:
        code = ((found.get(url) or {}).get("error") or {}).get("code")
        status = found[url]["status"] if url in found else "missing"
        expected = sample.failures.get(url)
        if code != expected or status != ("failed" if expected else "succeeded"):
            yield f"{url} is {status} ({code}), but {expected or 'success'} was to come of it"


def result(text: str, sample: Sample, outputs: Mapping[str, str]) -> Iterator[str]:
    """The result CSV, cell by cell.

    Args:
        outputs: the new URL of each image that succeeded.
    """
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    if header != [*HEADER, *OUTCOMES]:
        yield f"the result's header is {header}"
    if len(lines) != len(ROWS):
        yield f"the result has {len(lines)} lines for {len(ROWS)} rows"
    for line, cells, row in zip(lines, sample.lines(), ROWS, strict=False):
        width = len(HEADER)
        kept = [*cells, *[""] * (width - len(cells))][:width]
        urls = [] if row.error else [sample.url(image) for image in row.images]
        output = ",".join(outputs.get(url, "") for url in urls)
        codes = [f"{sample.failures[url]}: {url}" for url in urls if url in sample.failures]
        told = [each.split(":")[0] for each in line[-1].splitlines()] if row.error else []
        if line[:-1] != [*kept, output] or (
            told != [row.error] if row.error else line[-1] != "\n".join(codes)
        ):
            yield f"the result's line for row {cells[0]} is {line}"


def failures(found: Sequence[Failure], sample: Sample) -> Iterator[str]:
    """The file of failures: each rejected row, and each failed image where it stands."""
    expected = Counter[tuple[int, str]]()
    for number, row in enumerate(ROWS, start=1):
        urls = [sample.url(image) for image in row.images]
        codes = [row.error] if row.error else [sample.failures.get(url) for url in urls]
        expected.update((number, code) for code in codes if code is not None)
    if Counter((each["row"], each["code"]) for each in found) != expected:
        yield f"the file of failures has {found}"


def pictures(outputs: Mapping[str, str], fetch: Callable[[str], bytes]) -> Iterator[str]:
    """The stored pictures: they open, stand upright, and do not tell where they were taken."""
    for url, stored in outputs.items():
        picture = Image.open(io.BytesIO(fetch(stored)))
        picture.load()
        exif = picture.getexif()
        if exif.get_ifd(GPS) or exif.get(ORIENTATION, 1) != 1:
            yield f"{stored} still has metadata"
        if url.endswith("phone.jpg") and picture.width > picture.height:
            yield f"{stored} lies on its side"
        if url.endswith("cut-out.png") and picture.convert("RGBA").getchannel("A").getextrema()[0]:
            yield f"{stored} has lost its transparency"


def deliveries(arrived: Sequence[Delivery], log: Sequence[Answer]) -> Iterator[str]:
    """The webhooks that arrived, and what the API says of them."""
    yield from (
        f"webhook {each.id} has no valid signature" for each in arrived if not each.verified
    )
    for event in EVENTS:
        ids = {each.id for each in arrived if each.event == event}
        if len(ids) != 1:
            yield f"{event} arrived {len(ids)} times"
        logged = {each["delivery_id"] for each in log if each["status"] == "delivered"}
        if not ids <= logged:
            yield f"the delivery log does not show {event} as delivered"
