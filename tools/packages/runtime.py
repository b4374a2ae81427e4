"""The packages that Lambda's Python brings by itself: boto3, in a release that pins name."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from localcloud.errors import CloudError
from packages.interpreter import Interpreter

PINS = "requirements/lambda/requirements.txt"


def install(root: Path, python: Interpreter) -> Path:
    """A folder with them, compiled as Lambda has them, made once for each Python and pins.

    Raises:
        CloudError: they could not be installed.
    """
    pins = root / PINS
    digest = hashlib.sha256(pins.read_bytes() + python.version.encode()).hexdigest()[:16]
    folder = root / ".local" / "packages" / f"runtime-{digest}"
    if folder.exists():
        return folder
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    command = [
        *(str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--no-progress"),
        *("--target", str(part), "--requirement", str(pins), "--require-hashes"),
        *("--only-binary", ":all:", "--python", sys.executable, "--python-version"),
        python.version,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CloudError(f"{PINS} cannot be installed: {done.stderr.strip()}")
    compiled = [*("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"), str(part)]
    subprocess.run([python.executable, *compiled], check=True)
    part.rename(folder)
    return folder
