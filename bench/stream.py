"""Images per second from URL to store on one core: the processor, a Node.js worker, img2dataset."""

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
from bench.processes import FAR, MEASURED, Child, on_core, python
from bench.tables import Figures, table

BATCH = 50
"""Messages in one event: what infra/settings.py gives the processor."""

IMAGES = 400
ROUNDS = 3
"""Of each, in turns. The best counts: other programs only ever add time."""

BATCHES = (10, 20, 50, 100, 200)
"""From which ``BATCH`` was chosen."""

HEAD = ("", "images/s", "wall ms", "CPU ms", "wall/CPU", "peak MiB")

Run = dict[str, Any]
"""What a child answers: ``images``, seconds of ``wall`` and ``cpu``, ``peak_mib``."""

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
    command: list[str | Path] = [
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
    with on_core(MEASURED):
        subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    written = len(list((folder / "out").rglob("*.jpg")))
    if written != images:
        raise RuntimeError(f"img2dataset wrote {written} of {images} images")
    return seconds


def measure(files: list[Path]) -> Figures:
    """Interleaves the contenders over the same images, one host and one core for each."""
    figures: Figures = {}
    with far_ends(files) as far, processor(far) as ours, node_worker() as node:
        urls = far.urls(IMAGES)
        runs: dict[str, list[Run]] = {"darkroom": [], "Node.js worker": []}
        warm = far.urls(len(files))
        ours.ask(urls=warm, batch=BATCH)
        node.ask(urls=warm, store=far.store)
        for _ in range(ROUNDS):
            runs["darkroom"].append(ours.ask(urls=urls, batch=BATCH))
            runs["Node.js worker"].append(node.ask(urls=urls[: IMAGES // 2], store=far.store))
        rows = [_row(name, best(each)) for name, each in runs.items()]
        try:
            few, many = img2dataset(far, IMAGES // 4), img2dataset(far, IMAGES)
            images = IMAGES - IMAGES // 4
            figures["img2dataset_images_per_s"] = images / (many - few)
            rows.append(
                (
                    "img2dataset (no upload)",
                    f"{images / (many - few):.1f}",
                    f"{(many - few) / images * 1000:.1f}",
                    *"———",
                )
            )
        except environments.UnavailableError as error:
            print(f"\n!! img2dataset COULD NOT BE INSTALLED; its figure is left out: {error}\n")
        sizes = [(n, ours.ask(urls=urls, batch=n)) for n in BATCHES]
    table(
        f"From URL to store on one core, quality 50; {BATCH} images a batch, one host",
        HEAD,
        rows,
    )
    table("The processor by batch", HEAD, [_row(f"{n} images", run) for n, run in sizes])
    run = best(runs["darkroom"])
    figures["processor_images_per_s"] = run["images"] / run["wall"]
    figures["processor_wall_over_cpu"] = run["wall"] / run["cpu"]
    figures["processor_cpu_ms"] = run["cpu"] / run["images"] * 1000
    node_run = best(runs["Node.js worker"])
    figures["node_worker_images_per_s"] = node_run["images"] / node_run["wall"]
    figures["processor_over_node_worker"] = (
        figures["processor_images_per_s"] / figures["node_worker_images_per_s"]
    )
    return figures


def best(runs: list[Run]) -> Run:
    """The fastest: other programs on the machine only ever add time."""
    return min(runs, key=lambda run: float(run["wall"] / run["images"]))


def _row(name: str, run: Run) -> tuple[str, ...]:
    return (
        name,
        f"{run['images'] / run['wall']:.1f}",
        f"{run['wall'] / run['images'] * 1000:.1f}",
        f"{run['cpu'] / run['images'] * 1000:.1f}",
        f"{run['wall'] / run['cpu']:.2f}",
        f"{run['peak_mib']:.0f}",
    )
