"""The stores that this stage has, each made when the first job asks for it."""

import threading
from collections.abc import Callable, Mapping

from imaging.stores import Store
from pipeline.errors import ImageError, ImageErrorCode
from pipeline.options import StoreName


class Stores:
    """By name.

    Args:
        makers: what makes each, the usual one first.
    """

    def __init__(self, makers: Mapping[StoreName, Callable[[], Store]]) -> None:
        self._makers = makers
        self._usual = next(iter(makers))
        self._made: dict[StoreName, Store] = {}
        self._lock = threading.Lock()

    def named(self, name: StoreName | None) -> Store:
        """The store of a job that names it, or the usual one.

        Raises:
            ImageError: the stage had it when the job was made, and no longer has.
        """
        name = name or self._usual
        if name not in self._makers:
            raise ImageError(
                ImageErrorCode.STORAGE_ERROR, f"This installation no longer has its {name} store."
            )
        with self._lock:
            if name not in self._made:
                self._made[name] = self._makers[name]()
            return self._made[name]
