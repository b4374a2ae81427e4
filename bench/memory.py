"""The most memory that a batch takes, in a process that has seen nothing else."""

import io
from pathlib import Path

from PIL import Image

from bench import corpus, stream
from bench.places import CORPUS
from bench.tables import Figures, table

LARGE = (6000, 4000)
"""Pixels: what a good camera takes."""

LARGE_BATCH = 10


def measure(files: list[Path]) -> Figures:
    ordinary = _peak(files, stream.BATCH)
    large = _peak([_large()], LARGE_BATCH)
    table(
        "Peak memory of one batch, fresh process",
        ("", "MiB"),
        [
            (f"{stream.BATCH} photographs of the corpus", f"{ordinary:.0f}"),
            (f"{LARGE_BATCH} JPEGs of 24 megapixels", f"{large:.0f}"),
        ],
    )
    return {"processor_peak_mib": ordinary, "processor_peak_24mp_mib": large}


def _peak(files: list[Path], batch: int) -> float:
    with stream.far_ends(files) as far, stream.processor(far) as ours:
        return float(far.run(ours, batch, batch=batch)["peak_mib"])


def _large() -> Path:
    """One photograph and its mirror images, side by side: as costly as one of that size."""
    path = CORPUS / f"{corpus.VERSION}-large.jpg"
    if not path.exists():
        quarter = corpus.photograph(LARGE[0] // 2, LARGE[1] // 2, seed=24)
        whole = Image.new("RGB", LARGE)
        for x, y, turned in (
            (0, 0, quarter),
            (quarter.width, 0, quarter.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
            (0, quarter.height, quarter.transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
            (quarter.width, quarter.height, quarter.transpose(Image.Transpose.ROTATE_180)),
        ):
            whole.paste(turned, (x, y))
        out = io.BytesIO()
        whole.save(out, "JPEG", quality=92)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(out.getvalue())
    return path
