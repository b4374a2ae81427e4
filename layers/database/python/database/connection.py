"""One connection per execution environment, opened when first needed and again when lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from pydantic import SecretStr, model_validator

from pipeline import clients
from pipeline.settings import Settings

Connection = psycopg.Connection[TupleRow]

T = TypeVar("T")

CONNECT_TIMEOUT = 5
"""Seconds. A database that is away is reported soon, and the message comes again later."""

SILENCE = {
    # For a statement that never arrived: nobody has confirmed it for this long.
    "tcp_user_timeout": 10_000,
    # For one that did, and whose server vanished over it: only an unanswered probe tells. On Linux
    # the first one after those 10 s ends it; the count is for systems without such a timeout.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""A server that fails over says goodbye to nobody, and the system's own limits are 15 minutes and
two hours. With these it is found out in 10 to 11 s, as measured, whatever is waited for: then the
API can still dial once more and say what is the matter."""

SECRET_MAX_AGE = 300
"""Seconds a fetched secret is kept; a rotated password is noticed sooner, when it is refused."""

PLANNER = (
    # Of several indexes the one is taken that gives the order which a statement asks for. To read
    # all that fits, and to sort it for the first few, seems as cheap where little is believed to
    # fit; so does any index of which one row is expected.
    "-c enable_sort=off",
    "-c enable_bitmapscan=off",
    # Plans of foreign keys' checks are kept as long as the connection, from when tables were small.
    "-c enable_seqscan=off",
    # A second of compiling for a statement of milliseconds whose cost was guessed too high.
    "-c jit=off",
)
"""What makes plans independent of statistics, which are wrong while a table is new, or if a job is
larger than those before it. Every statement looks few rows up in tables that may be large, by an
index whose order it asks for. PostgreSQL still sorts or reads a table if there is no other way."""

OPTIONS = " ".join(
    (
        # Must not depend on the server's configuration.
        "-c timezone=UTC",
        # A function that froze within a transaction must not hold its locks for ever.
        "-c idle_in_transaction_session_timeout=60s",
        # Nor must one that was killed while its statement waits for a lock, or works for minutes.
        "-c client_connection_check_interval=5s",
        *PLANNER,
    )
)


GIVEN_UP = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)
"""Errors of a statement that took too long, and would take as long again."""

ROLLED_BACK = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
"""Errors after which PostgreSQL advises to repeat the transaction (manual, section 13.5)."""

CONNECT_AGAIN = (
    psycopg.OperationalError,
    # After a switch-over this server is a standby, and the address leads to another one.
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
)
"""Errors after which the next piece of work needs another connection."""


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """All that is read within is as it was at one moment."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


class DatabaseSettings(Settings):
    """Where PostgreSQL is: a URL (local), or a Secrets Manager secret as RDS writes it (AWS)."""

    database_url: SecretStr | None = None
    database_secret_arn: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "DatabaseSettings":
        if (self.database_url is None) == (self.database_secret_arn is None):
            raise ValueError("set one of DATABASE_URL and DATABASE_SECRET_ARN")
        return self


class Database:
    """Hands out the connection.

    It is in autocommit mode: a statement alone is a transaction, ``connection.transaction()`` makes
    larger ones, and nothing stays open between two invocations.
    """

    def __init__(self, settings: DatabaseSettings, *, statement_timeout: float | None) -> None:
        """
        Args:
            statement_timeout: seconds after which the server gives a statement up, as one that
                waits for a lock; with None a function's own timeout is the limit.
        """
        self._settings = settings
        self._options = OPTIONS
        if statement_timeout is not None:
            self._options += f" -c statement_timeout={statement_timeout * 1000:.0f}ms"
        self._secrets: SecretsProvider | None = None
        self._connection: Connection | None = None

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """The open connection, for one piece of work.

        Raises:
            psycopg.OperationalError: PostgreSQL cannot be reached or takes no writes, and the next
                call connects again; or it gave a statement up (``QueryCanceled``).
        """
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        connection = self._connection
        try:
            yield connection
        except psycopg.Error as error:
            if not _means_connect_again(connection, error):
                raise
            connection.close()
            if isinstance(error, psycopg.OperationalError):
                raise
            raise psycopg.OperationalError(f"the connection is lost: {error}") from error

    def run(self, work: Callable[[Connection], T]) -> T:
        """Does ``work``, and once more on a new connection if the old one turns out to be lost.

        A server that was restarted between two invocations, or under this one, then costs no error.
        One that is away is dialled once, not twice.

        Args:
            work: must be idempotent: where the connection breaks while it commits, nobody knows
                whether it did.

        Raises:
            psycopg.OperationalError: PostgreSQL cannot be reached, or gave a statement up.
        """
        if self._connection is not None and not self._connection.closed:
            try:
                with self.connection() as connection:
                    return work(connection)
            except psycopg.OperationalError as error:
                if isinstance(error, GIVEN_UP):
                    raise
        with self.connection() as connection:
            return work(connection)

    def ping(self) -> None:
        """Makes sure that an earlier invocation's connection still lives and takes writes, else
        opens another.

        One round trip, for work that must not be done twice.

        Raises:
            psycopg.OperationalError: PostgreSQL cannot be reached.
        """
        self.run(_check_writable)

    def close(self) -> None:
        """Ends the connection; the next piece of work opens another."""
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> Connection:
        if self._settings.database_url is not None:
            return self._open(self._settings.database_url.get_secret_value())
        conninfo = self._conninfo_from_secret(fresh=False)
        try:
            return self._open(conninfo)
        except psycopg.errors.ConnectionTimeout:
            raise  # nobody answers, whatever the password
        except psycopg.OperationalError:  # perhaps the password was rotated a moment ago
            return self._open(self._conninfo_from_secret(fresh=True))

    def _open(self, conninfo: str) -> Connection:
        return psycopg.connect(
            make_conninfo(
                conninfo,
                connect_timeout=CONNECT_TIMEOUT,
                target_session_attrs="read-write",  # a standby is no use, and costs no round trip
                **SILENCE,
            ),
            autocommit=True,
            # A plan that is kept was made for the tables of that moment. One from before a large
            # job reads all of it for each batch; planning afresh costs a fraction of a millisecond.
            prepare_threshold=None,
            options=self._options,
        )

    def _conninfo_from_secret(self, *, fresh: bool) -> str:
        secret = self._secret(fresh=fresh)
        return make_conninfo(
            host=secret["host"],
            port=secret["port"],
            dbname=secret["dbname"],
            user=secret["username"],
            password=secret["password"],
            sslmode="require",
            # The exchange that proves the password to each side holds the certificate's digest, so
            # nobody in between can pass it on, and no other exchange is taken part in
            # (docs/security.md). It needs no list of RDS's authorities to be kept up to date.
            require_auth="scram-sha-256",
        )

    def _secret(self, *, fresh: bool) -> Any:  # noqa: ANN401 (JSON)
        """Without its password the database is as good as away, and is reported as such."""
        if self._secrets is None:
            self._secrets = SecretsProvider(
                boto3_client=clients.secrets_manager(clients.CREDENTIALS)
            )
        try:
            return self._secrets.get(
                str(self._settings.database_secret_arn),
                transform="json",
                max_age=SECRET_MAX_AGE,
                force_fetch=fresh,
            )
        except GetParameterError as error:
            raise psycopg.OperationalError("the database's secret cannot be read") from error


def _check_writable(connection: Connection) -> None:
    """
    Raises:
        psycopg.errors.ReadOnlySqlTransaction: the server has become a standby.
    """
    answer = connection.execute("SELECT current_setting('transaction_read_only')::boolean")
    if answer.fetchone() == (True,):
        raise psycopg.errors.ReadOnlySqlTransaction("the server is a standby")


def _means_connect_again(connection: Connection, error: psycopg.Error) -> bool:
    if connection.closed:
        return True
    return isinstance(error, CONNECT_AGAIN) and not isinstance(error, GIVEN_UP + ROLLED_BACK)
