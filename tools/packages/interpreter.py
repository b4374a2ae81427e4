"""The Python that imports the packages: one of Lambda's version, where this machine has it."""

import json
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from localcloud.setup import LAMBDA_PYTHON, lambda_python

LAMBDAS_VERSION = "{}.{}".format(*LAMBDA_PYTHON)

ASK = """
import importlib.util, json, sys, sysconfig
print(json.dumps({
    "executable": getattr(sys, "_base_executable", sys.executable),
    "magic": importlib.util.MAGIC_NUMBER.hex(),
    "version": "%d.%d" % sys.version_info[:2],
    "stdlib": sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}),
    "platstdlib": sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix}),
}))
"""
"""Of the installation, not of a virtual environment that was made from it."""


@dataclass(frozen=True)
class Interpreter:
    """One installed Python."""

    executable: Path
    version: str
    """``3.13``."""
    magic: bytes
    """The first bytes of what it compiles."""
    stdlib: Path
    platstdlib: Path
    """The folder that ``lib-dynload`` lies in: nearly always the same as ``stdlib``."""

    @property
    def is_lambdas(self) -> bool:
        return self.version == LAMBDAS_VERSION

    @property
    def platform(self) -> str | None:
        """Packages for it that also run on Lambda's system, as ``uv`` names them; ``None`` where
        the machine runs no such system."""
        if sys.platform != "linux":
            return None
        machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(
            platform.machine().lower(), platform.machine()
        )
        return f"{machine}-manylinux_2_34"


def find(root: Path) -> Interpreter:
    """A Python of Lambda's version, else the one that runs this."""
    python = lambda_python(root) or sys.executable
    answer = subprocess.run([python, "-I", "-c", ASK], capture_output=True, text=True, check=True)
    told = json.loads(answer.stdout)
    return Interpreter(
        executable=Path(told["executable"]).resolve(),
        version=told["version"],
        magic=bytes.fromhex(told["magic"]),
        stdlib=Path(told["stdlib"]),
        platstdlib=Path(told["platstdlib"]),
    )
