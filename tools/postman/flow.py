"""What OpenAPI cannot say: in which order the calls make sense, and what one hands to the next."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One request of the collection.

    Args:
        operation: its ``operationId``.
        expects: statuses that are right when the collection is run in its order.
        name: in place of the operation's summary, where it stands more than once.
        body: media type of the body to send, where there are several.
        query: parameters to switch on; the others are there, switched off.
        path: variables that path parameters are taken from, where the names differ.
        sets: variables, each with the JavaScript that finds its value in ``answer``.
        after: more JavaScript for after the answer.
    """

    operation: str
    expects: tuple[int, ...] = (200,)
    name: str | None = None
    body: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    path: tuple[tuple[str, str], ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()


VARIABLES = {
    "api_url": "",
    "api_key": "",
    "image_url": "https://www.python.org/static/community_logos/python-logo.png",
    "webhook_url": "https://example.com/hooks/darkroom",
    "job_id": "",
    "waiting_job_id": "",
    "delivery_id": "",
}
"""The first two are the user's to fill in."""

WAIT = """\
// While the job is under way, this request asks again after a second, a minute long at most.
const ended = ["completed", "rejected", "cancelled", "expired"].includes(answer.status);
const asked = Number(pm.variables.get("asked") || 0);
pm.test("the job ends", () => pm.expect(ended || asked < 60).to.be.true);
pm.variables.set("asked", ended ? 0 : asked + 1);
if (!ended && asked < 60 && pm.execution.setNextRequest) {
    pm.execution.setNextRequest(pm.info.requestName);
    setTimeout(() => {}, 1000);
}"""

BALANCE = """\
pm.test("every image is accounted for", () => {
    const { total, pending, succeeded, failed } = answer.images;
    pm.expect(total).to.equal(pending + succeeded + failed);
});"""

CSV_COMES = """\
pm.test("it is a CSV", () => {
    pm.expect(pm.response.headers.get("Content-Type")).to.include("csv");
});"""

LISTED = """\
pm.test("the job is listed", () => {
    const listed = answer.items.map((each) => each.job_id);
    pm.expect(listed).to.include(pm.variables.get("job_id"));
});"""

JOB_ID = (("job_id", "answer.job_id"),)

FLOW = (
    Step("getHealth"),
    Step("getOpenApi"),
    Step("validateCsv", body="text/csv"),
    Step(
        "createJob",
        (202,),
        name="Create a job: the CSV itself",
        body="text/csv",
        query=(("quality", "60"), ("webhook_url", "{{webhook_url}}")),
        sets=JOB_ID,
    ),
    Step("getJob", name="Get a job until it ends", after=(BALANCE, WAIT)),
    Step("listImages"),
    Step("getResult", after=(CSV_COMES,)),
    Step("getFailures", after=(CSV_COMES,)),
    Step("retryJob", (202,)),
    Step("listJobs", after=(LISTED,)),
    Step(
        "createJob",
        (202,),
        name="Create a job: a form with the file",
        body="multipart/form-data",
    ),
    Step(
        "createJob",
        (201,),
        name="Create a job: a pre-signed upload",
        body="application/json",
        sets=(("waiting_job_id", "answer.job_id"),),
    ),
    Step("cancelJob", path=(("job_id", "waiting_job_id"),)),
    Step(
        "listDeliveries",
        sets=(("delivery_id", 'answer.items.length ? answer.items[0].delivery_id : ""'),),
    ),
    Step("redeliver", (202,)),
    Step("getWebhookSecret"),
    Step("rotateWebhookSecret"),
)
