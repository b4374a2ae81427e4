"""The wiring: what triggers what, and what each function may do. It follows the flow of data."""

import json

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.alarms import Alarms
from infra.cloudinary import CloudinaryAccount
from infra.dashboard import Dashboard
from infra.database import Database, LocalDatabase
from infra.functions import Functions
from infra.http_api import HttpApi
from infra.migrations import Migrations
from infra.network import Network
from infra.queues import Queues
from infra.schedule import EveryMinute
from infra.settings import Stage
from infra.storage import CANCELLED, Storage

READ_VERSION = ("s3:GetObject", "s3:GetObjectVersion")
"""A job keeps to the version of its upload that started it."""

UPDATED = (
    ("recorder", "finisher", "notifier", "processor"),
    ("ingest",),
    ("api", "janitor"),
)
"""The order in which a deploy updates the functions: who reads messages before who makes them, so
that what a release adds to them is not lost on an older consumer (docs/technical-design.md)."""


class Darkroom(Stack):
    """The whole system of one stage."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Darkroom, stage {stage.name}",
            termination_protection=stage.is_protected,
        )
        self._stage = stage
        self._network, self._database = self._data_zone()
        self._storage = Storage(self, "Storage", stage=stage)
        self._cloudinary = CloudinaryAccount(self, "Cloudinary", stage=stage)
        self._queues = Queues(self, "Queues", stage=stage)
        self._http_api = HttpApi(self, "HttpApi", stage=stage)
        self._functions = Functions(
            self, "Functions", stage=stage, network=self._network, database=self._database
        )
        self._api_url = {"API_URL": self._http_api.url}
        self._stores = {"STORES": ",".join(stage.stores)}
        self._internet = {
            "ALLOWED_NETWORKS": stage.local.allowed_networks if stage.local else "",
            "CONTACT": stage.contact,
        }

        self._migrations = self._migrator()
        self._api()
        self._ingest()
        self._processor()
        self._recorder()
        self._finisher()
        self._notifier()
        self._janitor()
        self._functions.update_in_order(*UPDATED)

        self._watch()
        self._outputs()

    def _data_zone(self) -> tuple[Network | None, Database | LocalDatabase]:
        if self._stage.local:
            return None, LocalDatabase(self._stage.local.database_url)
        network = Network(self, "Network", stage=self._stage)
        return network, Database(self, "Database", stage=self._stage, network=network)

    def _migrator(self) -> Migrations:
        """each deploy → migrator, before everything that reads the tables"""
        stage, network, database = self._stage, self._network, self._database
        migrator = self._functions.add("migrator")
        if network is None or isinstance(database, LocalDatabase):
            return Migrations(self, "Migrations", stage=stage, migrator=migrator, after=())
        reachable = (network, database.group)
        migrations = Migrations(self, "Migrations", stage=stage, migrator=migrator, after=reachable)
        database.rotate(stage, network, after=migrations)
        return migrations

    def _api(self) -> None:
        """client → api → uploads bucket, uploads queue, deliveries queue"""
        storage, queues = self._storage, self._queues
        api = self._functions.add(
            "api",
            {
                **self._api_url,
                "UPLOADS_BUCKET": storage.uploads.name,
                "RESULTS_BUCKET": storage.results.name,
                "IMAGES_BUCKET": storage.images.name,
                "UPLOADS_QUEUE_URL": queues.uploads.url,
                "DELIVERIES_QUEUE_URL": queues.deliveries.url,
                "RETENTION_DAYS": str(self._stage.retention_days),
                "STORAGE_URL": self._stage.local.storage_url if self._stage.local else "",
                **self._stores,
            },
            after=self._migrations,
            reserved=self._stage.concurrency.api,
        )
        self._http_api.serve(api)
        storage.uploads.allow(api, "s3:PutObject")
        storage.results.allow(api, "s3:GetObject")
        storage.images.allow(api, "s3:PutObject", prefix=CANCELLED)
        queues.uploads.accepts(api)
        queues.deliveries.accepts(api)

    def _ingest(self) -> None:
        """uploads bucket → uploads queue → ingest → images queue"""
        storage, queues = self._storage, self._queues
        ingest = self._functions.add(
            "ingest",
            {
                **self._api_url,
                "UPLOADS_BUCKET": storage.uploads.name,
                "UPLOADS_QUEUE_URL": queues.uploads.url,
                "IMAGES_QUEUE_URL": queues.images.url,
                "FINISHED_QUEUE_URL": queues.finished.url,
                "DELIVERIES_QUEUE_URL": queues.deliveries.url,
            },
            after=self._migrations,
            in_a_loop=True,
        )
        storage.uploads.notify(queues.uploads)
        queues.uploads.triggers(ingest, batch=1, at_once=self._stage.concurrency.ingest)
        storage.uploads.allow(ingest, *READ_VERSION)
        storage.uploads.allow_listing(ingest)
        for queue in (queues.uploads, queues.images, queues.finished, queues.deliveries):
            queue.accepts(ingest)

    def _processor(self) -> None:
        """images queue → processor → images bucket or Cloudinary, outcomes queue"""
        stage, storage, queues = self._stage, self._storage, self._queues
        processor = self._functions.add(
            "processor",
            {
                **self._internet,
                "IMAGES_BUCKET": storage.images.name,
                "IMAGES_URL": storage.images_url,
                "IMAGES_QUEUE_URL": queues.images.url,
                "OUTCOMES_QUEUE_URL": queues.outcomes.url,
                **self._stores,
                **self._cloudinary.environment,
            },
            in_a_loop=True,
        )
        queues.images.triggers(
            processor,
            batch=stage.images_batch,
            at_once=self._cloudinary.processors,
        )
        storage.images.allow(processor, "s3:PutObject")
        self._cloudinary.grant_read(processor)
        storage.images.allow(processor, "s3:GetObject", prefix=CANCELLED)
        queues.images.accepts(processor)
        queues.outcomes.accepts(processor)

    def _recorder(self) -> None:
        """outcomes queue, dead letters → recorder → finished queue"""
        stage, queues = self._stage, self._queues
        recorder = self._functions.add(
            "recorder",
            {
                **self._api_url,
                "FINISHED_QUEUE_URL": queues.finished.url,
                "DELIVERIES_QUEUE_URL": queues.deliveries.url,
                "OUTCOMES_DEAD_QUEUE_URL": queues.outcomes.dead.queue_url,
            },
            after=self._migrations,
            in_a_loop=True,
        )
        queues.outcomes.triggers(
            recorder,
            batch=stage.outcomes_batch,
            at_once=stage.concurrency.recorder,
        )
        queues.images.dead_letters_trigger(recorder)
        queues.deliveries.dead_letters_trigger(recorder)
        queues.finished.accepts(recorder)
        queues.outcomes.accepts_dead_letters(recorder)
        queues.deliveries.accepts(recorder)

    def _finisher(self) -> None:
        """finished queue → finisher → results bucket, deliveries queue"""
        storage, queues = self._storage, self._queues
        finisher = self._functions.add(
            "finisher",
            {
                **self._api_url,
                "UPLOADS_BUCKET": storage.uploads.name,
                "RESULTS_BUCKET": storage.results.name,
                "DELIVERIES_QUEUE_URL": queues.deliveries.url,
            },
            after=self._migrations,
            in_a_loop=True,
        )
        queues.finished.triggers(finisher, batch=1, at_once=self._stage.concurrency.finisher)
        storage.uploads.allow(finisher, *READ_VERSION)
        storage.results.allow(finisher, "s3:PutObject", "s3:AbortMultipartUpload")
        queues.deliveries.accepts(finisher)

    def _notifier(self) -> None:
        """deliveries queue → notifier → outcomes queue"""
        queues = self._queues
        notifier = self._functions.add(
            "notifier",
            {**self._internet, "OUTCOMES_QUEUE_URL": queues.outcomes.url},
            in_a_loop=True,
        )
        queues.deliveries.triggers(notifier, batch=10, at_once=self._stage.concurrency.notifier)
        queues.outcomes.accepts(notifier)

    def _janitor(self) -> None:
        """every minute → janitor → any queue that lost a message"""
        storage, queues = self._storage, self._queues
        janitor = self._functions.add(
            "janitor",
            {
                "RETENTION_DAYS": str(self._stage.retention_days),
                "UPLOADS_BUCKET": storage.uploads.name,
                "IMAGES_BUCKET": storage.images.name,
                "UPLOADS_QUEUE_URL": queues.uploads.url,
                "IMAGES_QUEUE_URL": queues.images.url,
                "FINISHED_QUEUE_URL": queues.finished.url,
                "DELIVERIES_QUEUE_URL": queues.deliveries.url,
            },
            after=self._migrations,
        )
        EveryMinute(self, "EveryMinute", function=janitor)
        storage.uploads.allow(janitor, "s3:GetObject")
        storage.uploads.allow_listing(janitor)
        storage.images.allow(janitor, "s3:PutObject", prefix=CANCELLED)
        for queue in (queues.uploads, queues.images, queues.finished, queues.deliveries):
            queue.accepts(janitor)
        queues.images.shows_its_length(janitor)

    def _watch(self) -> None:
        if not isinstance(self._database, Database):
            return  # nobody is woken for the local cloud
        alarms = Alarms(self, "Alarms", stage=self._stage)
        alarms.watch_queues(self._queues.all)
        alarms.watch_functions(self._functions.all)
        alarms.watch_database(self._database, storage_gib=self._stage.instance.storage)
        alarms.watch_figures()
        alarms.watch_api(self._http_api)
        dashboard = Dashboard(self, "Dashboard", stage=self._stage)
        dashboard.show_work()
        dashboard.show_queues(self._queues.all)
        dashboard.show_functions(self._functions.all)
        if self._stage.has_cloudinary:
            dashboard.show_cloudinary()
        dashboard.show_front(self._http_api, self._database)

    def _outputs(self) -> None:
        """What operators and the local cloud need to know."""
        outputs = {
            "ApiUrl": self._http_api.url,
            **self._cloudinary.outputs,
            **self._database.outputs,
            "ImagesUrl": self._storage.images_url,
            "UploadsBucket": self._storage.uploads.name,
            "ResultsBucket": self._storage.results.name,
            "ImagesBucket": self._storage.images.name,
        }
        for name, function in self._functions.all.items():
            outputs[f"{name.capitalize()}Function"] = function.function_name
        for queue in self._queues.all:
            outputs[f"{queue.name.capitalize()}QueueUrl"] = queue.url
            outputs[f"{queue.name.capitalize()}DeadQueueUrl"] = queue.dead.queue_url
        if self._storage.cdn:
            outputs |= self._storage.cdn.outputs
            outputs["Settings"] = json.dumps(dict(self._stage.chosen), sort_keys=True)
        for key, value in outputs.items():
            CfnOutput(self, key, value=value)
