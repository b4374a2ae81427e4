"""Images per second from URL to store on one core: the processor, a Node.js worker, img2dataset."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import environments
from bench.places import WORK
from bench.processes import FAR, MEASURED, Child, python

BATCH = 50
"""Messages in one event: what infra/settings.py gives the processor."""

IMAGES = 400
ROUNDS = 3
"""Of each, in turns. The best counts: other programs only ever add time."""

IMG2DATASET_THREADS = 32
"""Its default of 256 serves a machine of 16 cores; 32 measured best on one."""


@dataclass(frozen=True)
class Far:
    """The stand-ins' addresses. ``hosts`` spreads images over as many different hosts."""

    origin: int
    cloud: int
    files: int

    def urls(self, count: int, *, hosts: int = 1) -> list[str]:
        return [
            f"http://127.0.0.{1 + n % hosts}:{self.origin}/{n}/{n % self.files}"
            for n in range(count)
        ]

    @property
    def store(self) -> str:
        return f"http://127.0.0.1:{self.cloud}/images"


@contextmanager
def far_ends(files: list[Path]) -> Iterator[Far]:
    """The stand-ins, on the other core."""
    with Child(python("bench.servers", *files), core=FAR) as servers:
        ports = servers.answer()
        yield Far(ports["origin"], ports["cloud"], len(files))


def processor(far: Far) -> Child:
    """Our processor, wired by its own handler as on AWS, only to the stand-ins."""
    endpoint = f"http://127.0.0.1:{far.cloud}"
    environment = {
        "IMAGES_BUCKET": "images",
        "IMAGES_URL": "https://images.example",
        "IMAGES_QUEUE_URL": f"{endpoint}/images",
        "OUTCOMES_QUEUE_URL": f"{endpoint}/outcomes",
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        "CONTACT": "",
        "POWERTOOLS_SERVICE_NAME": "processor",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return Child(python("bench.subject"), core=MEASURED, env=environment)


def node_worker() -> Child:
    return Child([environments.NODE, environments.node() / "worker.mjs"], core=MEASURED)


def img2dataset(far: Far, images: int) -> float:
    """Seconds that img2dataset takes for so many images, from its start to its end.

    It writes to the disk, so the 50 ms of the upload are not even asked of it.
    """
    interpreter = environments.python("img2dataset")
    folder = WORK / "img2dataset-out"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    urls = folder / "urls.txt"
    urls.write_text("\n".join(far.urls(images)), "utf-8")
    command = [
        interpreter.parent / "img2dataset",
        f"--url_list={urls}",
        f"--output_folder={folder / 'out'}",
        "--resize_mode=no",
        "--encode_quality=50",
        "--processes_count=1",
        f"--thread_count={IMG2DATASET_THREADS}",
        "--compute_hash=None",
    ]
    began = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": f"{interpreter.parent}:{os.environ['PATH']}"},
        preexec_fn=None if MEASURED is None else lambda: os.sched_setaffinity(0, {MEASURED}),
    )
    seconds = time.perf_counter() - began
    written = len(list((folder / "out").rglob("*.jpg")))
    if written != images:
        raise RuntimeError(f"img2dataset wrote {written} of {images} images")
    return seconds


def best(runs: list[dict[str, Any]], of: str = "wall") -> dict[str, Any]:
    return min(runs, key=lambda run: run[of] / run["images"])
