"""The processes that functions run in, found and ended by their numbers."""

from contextlib import suppress

import psutil

from localcloud.processes import Server


class Workers:
    """Those of one emulator.

    Args:
        emulator: its record.
        functions: the function that each name in the pipeline stands for.
    """

    def __init__(self, emulator: Server, functions: dict[str, str]) -> None:
        self._emulator = emulator
        self._folders = {name: f"ministack-lambda-{each}-" for name, each in functions.items()}

    def of(self, name: str) -> list[psutil.Process]:
        """The processes of one function, the oldest first."""
        emulator = self._emulator.running()
        found = []
        for child in emulator.children() if emulator else []:
            with suppress(psutil.Error):
                if any(self._folders[name] in part for part in child.cmdline()):
                    found.append(child)
        return sorted(found, key=lambda each: each.pid)

    def kill(self, process: psutil.Process) -> bool:
        """Ends a process as the system does that runs out of memory; whether it was there."""
        try:
            process.kill()
        except psutil.NoSuchProcess:
            return False
        return True

    def freeze(self, process: psutil.Process) -> bool:
        """Stops a process, so that what it is doing never ends; whether it was there."""
        try:
            process.suspend()
        except psutil.NoSuchProcess:
            return False
        return True

    def kill_peer(self, name: str, port: int) -> bool:
        """Ends the process of a function whose connection comes from a port of this machine."""
        for process in self.of(name):
            with suppress(psutil.Error):
                if any(each.laddr.port == port for each in process.net_connections("tcp")):
                    return self.kill(process)
        return False
