"""What an image's end adds to the figures."""

from pipeline.figures import Figures
from pipeline.messages import ImageFinished
from pipeline.states import ImageStatus


def note(figures: Figures, end: ImageFinished) -> None:
    """Counts the image under its code, its bytes if it succeeded, and the time that it took."""
    code = end.error.code if end.error else ImageStatus.SUCCEEDED
    figures.add("Images", code=str(code))
    if end.input and end.output:
        figures.add("InputBytes", end.input.bytes)
        figures.add("OutputBytes", end.output.bytes)
        figures.add("CodecTime", end.timings.codec)
        figures.add("StoreTime", end.timings.store)
    figures.add("FetchTime", end.timings.fetch)
