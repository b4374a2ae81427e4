"""Threads that run at once, where they are begun: the same every time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Self


class Inline:
    """In place of a ThreadPoolExecutor."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args))
        except BaseException as error:  # noqa: BLE001 (the future's to raise)
            future.set_exception(error)
        return future

    def map(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return iter([work(each) for each in items])

    def shutdown(self, **_: object) -> None:
        pass
