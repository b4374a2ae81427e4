"""Runs everything, prints the tables and writes ``.local/bench.json``.

``python -m bench [--full] [section…]``; with sections alone, other figures stay as they were.
"""

import argparse
import json
import platform
import time

from bench import (
    codec,
    corpus,
    cost,
    data_zone,
    fairness,
    idle,
    imports,
    memory,
    stream,
    throughput,
)
from bench.places import FIGURES
from bench.processes import FAR
from bench.tables import Figures, rounded

SECTIONS = ("images", "data", "imports", "cost", "fairness")


def main() -> None:
    asked = arguments()
    began = time.monotonic()
    print(f"{platform.platform()}, Python {platform.python_version()}")
    if FAR is None:
        print("!! Without a second core to choose, the far ends' work slows what is measured.")
    whole = set(asked.sections) == set(SECTIONS)
    figures: Figures = {} if whole or not FIGURES.exists() else json.loads(FIGURES.read_text())
    if "images" in asked.sections:
        figures |= images()
    if "data" in asked.sections:
        figures |= data_zone.measure(full=asked.full)
    if "imports" in asked.sections:
        figures |= imports.measure()
    if "cost" in asked.sections:
        figures |= cost.measure(figures) | idle.measure() | throughput.measure(figures)
    if "fairness" in asked.sections:
        figures |= fairness.measure(figures)
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(
        json.dumps({name: rounded(value) for name, value in figures.items()}, indent=2) + "\n",
        "utf-8",
    )
    print(f"\n{FIGURES.name}: {len(figures)} figures, {time.monotonic() - began:.0f} s in all")


def images() -> Figures:
    """The processor and its codec, with their peers."""
    files = codec.readable(corpus.photographs())
    print(f"{len(files)} images, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")
    return codec.measure(files) | stream.measure(files) | memory.measure(files)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="a million rows, ten million images")
    parser.add_argument(
        "sections", nargs="*", metavar="section", default=SECTIONS, help=", ".join(SECTIONS)
    )
    found = parser.parse_args()
    if unknown := set(found.sections) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    return found


if __name__ == "__main__":
    main()
