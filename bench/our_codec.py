"""Our codec as it is measured: a downloaded file in, a compressed one out. ``python -m
bench.our_codec FILE…``; one question a line, as ``peers/codec.mjs`` has it."""

import json
import sys
import time
from pathlib import Path

from bench.processes import talk
from imaging.processing import compress
from imaging.source import open_source
from pipeline.errors import ImageError
from pipeline.options import ImageFormat, ImageOptions
from processor.allocator import keep_for_the_next_image


def compressed(file: bytes, options: ImageOptions) -> bytes:
    try:
        return compress(open_source(file), options).data
    except ImageError:
        return b""


def main() -> None:
    keep_for_the_next_image()  # as the processor does
    files = [Path(each).read_bytes() for each in sys.argv[1:]]
    options = ImageOptions(format=ImageFormat.JPEG)
    for line in sys.stdin:
        folder = json.loads(line)["save"]
        began = time.process_time()
        results = [compressed(file, options) for file in files]
        cpu = time.process_time() - began
        for number, data in enumerate(results) if folder else ():
            if data:
                (Path(folder) / f"{number}.jpg").write_bytes(data)
        talk({"cpu": cpu, "bytes": [len(data) for data in results]})


if __name__ == "__main__":
    main()
