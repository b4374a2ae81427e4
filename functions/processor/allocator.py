"""How the C library treats the memory of images that are done."""

import ctypes
from contextlib import suppress

# Of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

LARGEST_KEPT = 32 * 1024 * 1024
"""Bytes of one piece of memory, the most that glibc takes for this. Pillow's pieces have 16 MB."""

KEPT = 256 * 1024 * 1024
"""Bytes that may lie unused at the heap's end before they go back to the system."""


def keep_for_the_next_image() -> bool:
    """Hands pixels on from image to image, whichever threads work on them.

    By itself glibc gives each thread a heap of its own and large pieces back to the system, which
    clears them page by page for the next image: a tenth of the processor's time and three times
    its memory (docs/benchmarks.md). To be called before there are threads.

    Returns:
        whether the C library is glibc and agreed.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    settings = ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, LARGEST_KEPT), (_M_TRIM_THRESHOLD, KEPT))
    agreed = [mallopt(name, value) == 1 for name, value in settings]
    return all(agreed)


def give_back() -> None:
    """Returns what lies unused to the system, for an image that will need nearly all there is."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
