"""Builds rooms and runs functions in them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packages.contents import Package
from packages.interpreter import Interpreter
from packages.room.installation import install, linked_or_copied
from packages.rules import READABLE

USER, GROUP = 993, 990
"""Numbers of ``sbx_user1051``, whom Lambda runs functions as."""

UNZIPPED = "unzipped"
"""Folder of all functions, of which ``/var/task`` and ``/opt`` point to one."""

SECONDS = 300
"""For one answer, which takes about one on a machine that is not busy."""


def can_be_entered() -> bool:
    """Whether this process may become another user in another root."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return False
    trial = "import os; os.chroot('/'); os.setgid(990); os.setuid(993)"
    return subprocess.run([sys.executable, "-I", "-c", trial], check=False).returncode == 0


@dataclass(frozen=True)
class Room:
    """A folder with Lambda's paths in it: ``/var/task``, ``/opt``, ``/var/lang``, ``/var/runtime``.

    Entered as root, it is the whole file system of the function, all of it is root's and only
    ``/tmp`` can be written to. Without root's rights the function runs outside, as this user, on
    the same folders without write permissions. It holds one function at a time.
    """

    folder: Path
    python: Interpreter
    entered: bool

    def build(self, runtime: Path) -> None:
        """Makes everything but the functions.

        Args:
            runtime: folder with the packages that Lambda's Python brings.
        """
        for name in ("var/runtime", "tmp", "etc", UNZIPPED):
            (self.folder / name).mkdir(parents=True)
        shutil.copy(Path(__file__).with_name("inside.py"), self.folder / "var/runtime")
        packages = self.folder / "var/lang/lib" / f"python{self.python.version}" / "site-packages"
        shutil.copytree(runtime, packages, copy_function=linked_or_copied)
        if self.entered:
            install(self.python, self.folder)
            user = f"sbx_user1051:x:{USER}:{GROUP}::/home/sbx_user1051:/sbin/nologin\n"
            (self.folder / "etc/passwd").write_text(f"root:x:0:0::/root:/sbin/nologin\n{user}")
            (self.folder / "etc/hosts").write_text("127.0.0.1 localhost\n")
            _open(self.folder)
            (self.folder / "tmp").chmod(0o1777)

    def unzip(self, packages: Iterable[Package]) -> None:
        """Unzips functions and lays their layers over each other, all of it read-only."""
        pool = self.folder / UNZIPPED
        for package in packages:
            task, opt = self._unzipped(package)
            package.code.unzip(task)
            if opt.exists():  # another function has the same layers
                continue
            opt.mkdir(parents=True)
            for layer in package.layers:
                unzipped = pool / layer.path.name
                if not unzipped.exists():
                    layer.unzip(unzipped)
                shutil.copytree(unzipped, opt, copy_function=_over, dirs_exist_ok=True)
        for path in pool.rglob("*"):
            if path.is_dir():
                path.chmod(0o555)

    def _unzipped(self, package: Package) -> tuple[Path, Path]:
        """The folders that become ``/var/task`` and ``/opt``."""
        layers = "-".join(package.layer_names) or "no"
        return (
            self.folder / UNZIPPED / f"function-{package.name}",
            self.folder / UNZIPPED / f"layers-{layers}",
        )

    def run(
        self, package: Package, settings: Mapping[str, str], **request: object
    ) -> dict[str, Any]:
        """Sends a request to ``inside.py``; its answer.

        Args:
            package: one of those that were unzipped.
            settings: its variables.
        """
        for place, unzipped in zip(("var/task", "opt"), self._unzipped(package), strict=True):
            link = self.folder / place
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(unzipped, link.parent))
        asked = {
            "path": [self._path(each) for each in self._search_path()],
            "handler": package.handler,
            "timeout": package.timeout,
            "settings": list(settings),
            **request,
        }
        inside = self._path("/var/runtime/inside.py")
        try:
            done = subprocess.run(
                [*self._command(), "-I", "-S", *(() if self.entered else ("-B",)), inside],
                input=json.dumps(asked),
                env={**self._environment(package), **settings},
                cwd=self.folder / "var/task",
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"problems": [f"had no answer after {SECONDS} s"]}
        if done.returncode or not done.stdout:
            said = " / ".join(done.stderr.strip().splitlines()[-3:])
            return {"problems": [f"ended with {done.returncode}: {said}"], "log": done.stderr}
        told: dict[str, Any] = json.loads(done.stdout)
        return told | {"log": done.stderr}

    def libraries(self, package: Package) -> list[Path]:
        """Folders of the third-party packages that the function has, in the order that counts."""
        runtime = f"var/lang/lib/python{self.python.version}/site-packages"
        return [self._unzipped(package)[1] / "python", self.folder / runtime]

    def _command(self) -> list[str]:
        if not self.entered:
            return [str(self.python.executable)]
        enter = Path(__file__).with_name("enter.py")
        return [
            *(sys.executable, "-I", str(enter), str(self.folder), str(USER), str(GROUP)),
            "/var/lang/bin/python",
        ]

    def _search_path(self) -> tuple[str, ...]:
        """In Lambda's order: the function, its layers, what the runtime brings."""
        packages = f"lib/python{self.python.version}/site-packages"
        return ("/var/task", f"/opt/python/{packages}", "/opt/python", f"/var/lang/{packages}")

    def _path(self, path: str) -> str:
        return path if self.entered else f"{self.folder}{path}"

    def _environment(self, package: Package) -> dict[str, str]:
        """The variables that Lambda sets, and no other."""
        return {
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": package.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(package.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{package.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "1",
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
            "_HANDLER": package.handler,
            "LAMBDA_RUNTIME_DIR": self._path("/var/runtime"),
            "LAMBDA_TASK_ROOT": self._path("/var/task"),
            "LANG": "en_US.UTF-8",
            "LD_LIBRARY_PATH": ":".join(map(self._path, ("/var/lang/lib", "/opt/lib"))),
            "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
            "PYTHONPATH": self._path("/var/runtime"),
            "TZ": ":UTC",
        }


def delete(folder: Path) -> None:
    """Deletes a folder although nothing in it may be written to."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


def _over(source: str, target: str) -> None:
    """Links a file, in place of an earlier layer's."""
    Path(target).unlink(missing_ok=True)
    os.link(source, target)


def _open(folder: Path) -> None:
    """Lets everybody read what this process made or copied, under whatever umask."""
    for path in (folder, *folder.rglob("*")):
        mode, needed = path.lstat().st_mode, 0o555 if path.is_dir() else READABLE
        if mode & needed != needed and not path.is_symlink():
            path.chmod(mode | needed)
