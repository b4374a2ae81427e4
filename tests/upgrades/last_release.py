"""Running the last release's own code, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).with_name("programs")
PLUGINS = Path(__file__).with_name("plugins")
THIS = Path(__file__).parents[2]
LAYERS = ("pipeline", "catalogue", "database", "webhooks", "outbound", "imaging")


class LastRelease:
    """Its checkout.

    Args:
        folder: where its files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def environment(self) -> dict[str, str]:
        """In which Python finds its packages, and none of this release's in their place."""
        paths = [self.folder / "functions", *(self._layer(name) for name in LAYERS)]
        return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}

    @property
    def migrations(self) -> Path:
        """Folder of its schema's versions."""
        return self._layer("database") / "database" / "migrations" / "versions"

    def run(self, program: str, given: object, *arguments: str) -> Any:
        """What a program of the folder ``programs`` answers, as JSON.

        Args:
            given: handed to it as JSON.
        """
        done = subprocess.run(
            [sys.executable, "-P", str(PROGRAMS / f"{program}.py"), str(self.folder), *arguments],
            input=json.dumps(given),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def test(self, *tests: str, plugin: str, folder: Path) -> str:
        """What its own tests say, with a plugin of the folder ``plugins``.

        Args:
            folder: for what they write.
        """
        own = (self.folder, self.folder / "tools", PLUGINS)
        paths = (*map(str, own), self.environment["PYTHONPATH"])
        quiet = ("-q", "-p", "no:cacheprovider", "-p", plugin, f"--basetemp={folder / 'pytest'}")
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pytest", *quiet, *tests],
            cwd=self.folder,
            env=self.environment | {"PYTHONPATH": os.pathsep.join(paths), "THIS": str(THIS)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def _layer(self, name: str) -> Path:
        return self.folder / "layers" / name / "python"
