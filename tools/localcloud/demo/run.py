"""The demo: what a user does, one step after another, and what they see."""

import time
from collections.abc import Iterator
from pathlib import Path

from darkroom import words
from darkroom.client import Client
from darkroom.errors import CommandError
from darkroom.failures import read
from darkroom.watching import ENDED
from darkroom.words import Answer
from localcloud import calls
from localcloud.demo import checks, ending, pictures
from localcloud.demo.origin import Origin
from localcloud.demo.receiver import Delivery, Receiver
from localcloud.demo.sample import ROWS, Sample
from localcloud.stack import Stack

PATIENCE = 240.0
"""Seconds for the whole job; an idle laptop takes a tenth of it."""
POLL = 0.3


def demo(root: Path, stack: Stack) -> int:
    """Runs the demo against a local cloud that is up; the exit code."""
    try:
        findings = list(_run(root, stack))
    except CommandError as error:
        findings = [str(error)]
    heading("Try next")
    ending.console().print(ending.next_steps(stack), soft_wrap=True)
    print(f"\nConsole and Swagger UI ask for the API key {stack.api_key}")
    print("`make down` stops the local cloud.")
    for finding in findings:
        print(f"WRONG: {finding}")
    print("\nEverything came out as it should." if not findings else "\nThe demo failed.")
    return 1 if findings else 0


def _run(root: Path, stack: Stack) -> Iterator[str]:
    drawn = pictures.made(root / ".local" / "demo" / "pictures")
    total = sum(map(len, drawn.values()))
    client = calls.client(stack)
    secret = client.webhook_secret()["secret"]
    host = stack.host()
    with (
        Origin(drawn, host=host) as origin,
        Receiver(secret, tell_delivery, host=host) as receiver,
    ):
        sample = Sample(origin.url)
        heading(f"Submitting {len(ROWS)} rows with {len(sample.images)} different images")
        print(f"  {len(drawn)} pictures ({words.size(total)}) are served from {origin.url}")
        content = sample.csv()
        (root / ".local" / "demo" / "products.csv").write_bytes(content)
        job_id = calls.submit(client, content, filename="products.csv", webhook_url=receiver.url)
        print(f"  job {job_id}\n")
        yield from _watch(client, job_id)
        job = client.job(job_id)
        yield from checks.job(job, sample)
        if job["status"] != "completed":
            return
        yield from _outcome(root, client, job, sample)
        yield from _webhooks(client, job_id, receiver)
        with client.download(job_id, "failures") as pieces:
            failures = list(read(pieces))
        yield from checks.failures(failures, sample)
        print()
        ending.console().print(
            ending.summary(job, failures, receiver.deliveries, origin=origin.url)
        )
        print("The files: .local/demo/products.csv and .local/demo/result.csv")


def _watch(client: Client, job_id: str) -> Iterator[str]:
    """Polls until the job has ended, and prints what has changed."""
    deadline, shown = time.monotonic() + PATIENCE, ""
    while True:
        job = client.job(job_id)
        yield from checks.balance(job)
        images = job["images"]
        done = images["succeeded"] + images["failed"]
        line = f"{job['status']:<16} {job['progress']:>5.0%}   {done} of {images['total']} images"
        if line != shown:
            print(f"  {line}", flush=True)
            shown = line
        if job["status"] in ENDED:
            return
        if time.monotonic() > deadline:
            yield f"the job was not done after {PATIENCE:.0f} s"
            return
        time.sleep(POLL)


def _outcome(root: Path, client: Client, job: Answer, sample: Sample) -> Iterator[str]:
    images = calls.images(client, job["job_id"])
    outputs = {each["source_url"]: each["output_url"] for each in images if each["output_url"]}
    yield from checks.images(images, sample)
    yield from checks.pictures(outputs, lambda url: client.transport.send("GET", url).content)
    with client.download(job["job_id"], "result") as pieces:
        text = b"".join(pieces).decode()
    heading("Result CSV")
    print(text.replace("\r\n", "\n"), end="")
    file = root / ".local" / "demo" / "result.csv"
    file.write_bytes(text.encode())
    yield from checks.result(text, sample, outputs)


def _webhooks(client: Client, job_id: str, receiver: Receiver) -> Iterator[str]:
    receiver.wait_for(*checks.EVENTS, seconds=PATIENCE)
    deadline = time.monotonic() + PATIENCE
    log = calls.deliveries(client, job_id)
    while any(each["status"] == "pending" for each in log) and time.monotonic() < deadline:
        time.sleep(POLL)
        log = calls.deliveries(client, job_id)
    heading("Webhooks that arrived")
    for delivery in receiver.deliveries:
        tell_delivery(delivery)
    heading("The API's log of them")
    for each in log:
        print(f"  {each['event']:<15} {each['status']:<10} {each['delivery_id']}")
        for attempt in each["attempts"]:
            answer = attempt["status_code"] or attempt["error"]
            print(f"    {attempt['at']}  {answer}  {attempt['milliseconds']} ms")
    yield from checks.deliveries(receiver.deliveries, log)


def tell_delivery(delivery: Delivery) -> None:
    seal = "signature verified" if delivery.verified else "SIGNATURE NOT VALID"
    print(
        f"  webhook {delivery.event:<15} job {delivery.status:<11} {seal}  {delivery.id}",
        flush=True,
    )


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)
