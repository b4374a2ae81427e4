"""What every route works with."""

from dataclasses import dataclass
from uuid import UUID

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from api.authentication import Authenticator
from api.errors import JobNotFound
from api.settings import ApiSettings
from api.storage import Storage
from database import jobs
from database.connection import Connection, Database
from pipeline.job import Job
from pipeline.queues import Queue


@dataclass(frozen=True)
class Backend:
    """The clients of one execution environment."""

    settings: ApiSettings
    database: Database
    storage: Storage
    uploads: Queue
    deliveries: Queue
    authenticator: Authenticator
    logger: Logger

    def job_url(self, job_id: UUID) -> str:
        return f"{self.settings.api_url}/v1/jobs/{job_id}"

    def job(self, connection: Connection, job_id: UUID, *, tenant_id: UUID) -> Job:
        """The tenant's job.

        Raises:
            JobNotFound: there is none of this id, or it is another tenant's.
        """
        self.logger.append_keys(job_id=str(job_id))
        job = jobs.get(connection, job_id, tenant_id=tenant_id)
        if job is None:
            raise JobNotFound("No job has this id.")
        return job


def tenant_of(api: APIGatewayHttpResolver) -> UUID:
    """The tenant that the request under way was authenticated as."""
    tenant_id: UUID = api.context["tenant_id"]
    return tenant_id
