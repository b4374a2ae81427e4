"""One round of the janitor: every duty, whatever becomes of the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from pipeline.figures import Figures

Duty = Callable[[], int]
"""Does a bounded share of its work and returns how much that was."""


class DutiesFailedError(Exception):
    """Some duties failed; the round's log says how. The next round does their work."""


@dataclass(frozen=True)
class Round:
    """Goes through the duties in their order."""

    duties: Mapping[str, Duty]
    logger: Logger

    def run(self) -> dict[str, int]:
        """Does every duty once.

        Returns:
            how much each of them did.

        Raises:
            DutiesFailedError: at the end, so that the function's errors show it.
        """
        done: dict[str, int] = {}
        failed: list[str] = []
        for name, duty in self.duties.items():
            try:
                done[name] = duty()
            except Exception:
                self.logger.exception("duty failed", extra={"duty": name})
                failed.append(name)
        self.logger.info("round done", extra={"done": done})
        figures = Figures()
        for name, amount in done.items():
            if amount:
                figures.add("Repairs", amount, duty=name)
        figures.write()
        if failed:
            raise DutiesFailedError(", ".join(failed))
        return done
