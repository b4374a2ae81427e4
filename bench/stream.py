"""Images per second from URL to store on one core: the processor, a Node.js worker, img2dataset."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import environments
from bench.places import WORK
from bench.processes import FAR, MEASURED, Child, on_core, python
from bench.tables import Figures, table

BATCH = 100
"""Messages in one event: what infra/settings.py gives the processor."""

IMAGES = 400
LARGE = 600_000
"""Bytes of a file, on average, from which one batch is enough images."""

ROUNDS = 3
"""Of each, ours and the worker in turns. The best counts: other programs only ever add time."""

BATCHES = (10, 20, 50, 100)
"""From which ``BATCH`` was chosen."""

SIZE_ROUNDS = 2

HEAD = ("", "images/s", "wall ms", "CPU ms", "wall/CPU", "peak MiB")

Run = dict[str, Any]
"""What a child answers: ``images``, seconds of ``wall`` and ``cpu``, ``peak_mib``."""

IMG2DATASET_THREADS = 32
"""Its default of 256 is for many cores; on one, 32 measured best."""


@dataclass(frozen=True)
class Far:
    """The stand-ins and their ports."""

    servers: Child
    origin: int
    cloud: int
    files: int

    def urls(self, count: int) -> list[str]:
        return [f"http://127.0.0.1:{self.origin}/{n}/{n % self.files}" for n in range(count)]

    def run(self, contender: Child, images: int, **how: object) -> Run:
        """One run, of which each image must have been stored."""
        before = self.servers.ask()["stored"]
        run = contender.ask(urls=self.urls(images), **how)
        stored = self.servers.ask()["stored"] - before
        if stored != images:
            raise RuntimeError(f"only {stored} of {images} images were stored")
        return run

    @property
    def store(self) -> str:
        return f"http://127.0.0.1:{self.cloud}/images"


@contextmanager
def far_ends(files: list[Path]) -> Iterator[Far]:
    """The stand-ins, on the other core."""
    with Child(python("bench.servers", *files), core=FAR) as servers:
        ports = servers.answer()
        yield Far(servers, ports["origin"], ports["cloud"], len(files))


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
    """Images per second by img2dataset's own count, which leaves out its start of some seconds.

    It writes to the disk, so the upload is not even asked of it, and 32 requests to one host at
    once are its own idea of politeness.
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
    with on_core(MEASURED):
        subprocess.run(command, check=True, capture_output=True)
    stats = json.loads((folder / "out" / "00000_stats.json").read_text("utf-8"))
    return float(stats["successes"] / stats["duration"])


def measure(files: list[Path]) -> Figures:
    """Interleaves the contenders over the same images, one host and one core for each."""
    figures: Figures = {}
    large = sum(path.stat().st_size for path in files) > LARGE * len(files)
    images = BATCH if large else IMAGES
    with far_ends(files) as far, processor(far) as ours, node_worker() as node:
        runs: dict[str, list[Run]] = {"darkroom": [], "Node.js worker": []}
        far.run(ours, len(files), batch=BATCH)  # to warm up
        far.run(node, len(files), store=far.store)
        for _ in range(ROUNDS):
            runs["darkroom"].append(far.run(ours, images, batch=BATCH))
            runs["Node.js worker"].append(far.run(node, images // 2, store=far.store))
        rows = [_row(name, best(each)) for name, each in runs.items()]
        try:
            figures["img2dataset_images_per_s"] = max(
                img2dataset(far, images) for _ in range(ROUNDS)
            )
            rows.append(_img2dataset_row(figures["img2dataset_images_per_s"]))
        except environments.UnavailableError as error:
            print(f"\n!! img2dataset COULD NOT BE INSTALLED; its figure is left out: {error}\n")
        turns = [{n: far.run(ours, images, batch=n) for n in BATCHES} for _ in range(SIZE_ROUNDS)]
        sizes = [(n, best([turn[n] for turn in turns])) for n in BATCHES]
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


def _img2dataset_row(images_per_s: float) -> tuple[str, ...]:
    return (
        "img2dataset, no upload",
        f"{images_per_s:.1f}",
        f"{1000 / images_per_s:.1f}",
        *("" for _ in HEAD[3:]),
    )


def _row(name: str, run: Run) -> tuple[str, ...]:
    return (
        name,
        f"{run['images'] / run['wall']:.1f}",
        f"{run['wall'] / run['images'] * 1000:.1f}",
        f"{run['cpu'] / run['images'] * 1000:.1f}",
        f"{run['wall'] / run['cpu']:.2f}",
        f"{run['peak_mib']:.0f}",
    )
