"""Runs everything, prints the tables and writes ``.local/bench.json``."""

import json
import platform
import time

from bench import codec, corpus, memory, stream
from bench.places import FIGURES
from bench.processes import FAR
from bench.tables import Figures, rounded

SECTIONS = (codec.measure, stream.measure, memory.measure)


def main() -> None:
    began = time.monotonic()
    files = codec.readable(corpus.photographs())
    print(f"{len(files)} images, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")
    print(f"{platform.platform()}, Python {platform.python_version()}")
    if FAR is None:
        print("!! Without a second core to choose, the far ends' work slows what is measured.")
    figures: Figures = {}
    for section in SECTIONS:
        figures |= section(files)
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(
        json.dumps({name: rounded(value) for name, value in figures.items()}, indent=2) + "\n",
        "utf-8",
    )
    print(f"\n{FIGURES.name}: {len(figures)} figures, {time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
