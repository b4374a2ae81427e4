"""The C library's settings for image memory."""

import ctypes
import subprocess
import sys

import pytest

from processor import allocator

PIXELS = """
import resource
from processor.allocator import keep_for_the_next_image
from PIL import Image
if {kept}:
    assert keep_for_the_next_image()
Image.new("RGB", (1500, 1000)).tobytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    Image.new("RGB", (1500, 1000)).tobytes()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*, kept: bool) -> int:
    """Pages that the kernel had to clear for ten pictures after the first."""
    command = [sys.executable, "-c", PIXELS.format(kept=kept)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_the_second_picture_takes_the_memory_of_the_first() -> None:
    assert faults(kept=True) < 200


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not allocator.keep_for_the_next_image()
