-- Identifiers are uuidv7: they sort by time, so "newest first" is a walk along a primary key, and
-- their random part keeps them from being guessed.

CREATE TABLE tenants (
    tenant_id                  uuid PRIMARY KEY DEFAULT uuidv7(),
    name                       text NOT NULL UNIQUE,
    webhook_secret             text NOT NULL,
    previous_webhook_secret    text,
    previous_secret_expires_at timestamptz,
    created_at                 timestamptz NOT NULL DEFAULT now()
);

-- Only a key's SHA-256 is kept. Keys are 256 random bits, so a fast hash is enough: there is nothing
-- to guess (OWASP's slow hashes are for passwords that people chose).
CREATE TABLE api_keys (
    key_sha256 bytea PRIMARY KEY,
    tenant_id  uuid NOT NULL REFERENCES tenants,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE TABLE jobs (
    job_id            uuid PRIMARY KEY DEFAULT uuidv7(),
    tenant_id         uuid NOT NULL REFERENCES tenants,
    status            text NOT NULL DEFAULT 'awaiting_upload' CHECK (status IN (
        'awaiting_upload', 'ingesting', 'processing', 'finalizing',
        'completed', 'rejected', 'cancelled', 'expired')),
    filename          text,
    webhook_url       text,
    options           jsonb NOT NULL,
    -- The S3 version that ingest began with; the finisher reads the same bytes again.
    source_version    text,
    rows_total        integer NOT NULL DEFAULT 0,
    rows_rejected     integer NOT NULL DEFAULT 0,
    images_total      integer NOT NULL DEFAULT 0,
    images_succeeded  integer NOT NULL DEFAULT 0,
    images_failed     integer NOT NULL DEFAULT 0,
    -- Ingest's own note: images before this position have been sent to the processor.
    images_queued     integer NOT NULL DEFAULT 0,
    -- How often the failed images were queued again; outcomes of an earlier time count no more.
    retries           integer NOT NULL DEFAULT 0,
    -- The percentage that was last announced.
    milestone         integer NOT NULL DEFAULT 0,
    input_bytes       bigint NOT NULL DEFAULT 0,
    output_bytes      bigint NOT NULL DEFAULT 0,
    error_code        text,
    error_message     text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    completed_at      timestamptz,
    upload_expires_at timestamptz NOT NULL,
    -- The janitor's notes: how often it has queued this job's work again since the job last moved, when
    -- it last did, and how far through the pending images an unfinished pass has come (0: none is).
    repairs           integer NOT NULL DEFAULT 0,
    repaired_at       timestamptz,
    repair_position   integer NOT NULL DEFAULT 0,
    CHECK (images_succeeded + images_failed <= images_total),
    CHECK (rows_rejected <= rows_total)
)
-- The counters change thousands of times in a large job. Room on the page, and no index on what
-- changes, lets PostgreSQL update them in place (heap-only tuples).
WITH (fillfactor = 50);

CREATE INDEX jobs_of_tenant ON jobs (tenant_id, job_id);
CREATE INDEX jobs_active ON jobs (job_id)
    WHERE status IN ('awaiting_upload', 'ingesting', 'processing', 'finalizing');
-- What retention deletes next.
CREATE INDEX jobs_finished ON jobs (completed_at) WHERE completed_at IS NOT NULL;

-- What made a job, where the client named its request: the same request leads to the same job for as
-- long as that is kept, and two at once make one.
CREATE TABLE idempotency_keys (
    tenant_id      uuid NOT NULL REFERENCES tenants,
    key            text NOT NULL,
    request_sha256 bytea NOT NULL,
    job_id         uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    PRIMARY KEY (tenant_id, key)
);

CREATE INDEX idempotency_keys_of_job ON idempotency_keys (job_id);

-- csv_rows and images have no foreign key to jobs: only ingest inserts, holding the job's row locked,
-- and a key would cost a check for each of a million rows.

CREATE TABLE csv_rows (
    job_id          uuid NOT NULL,
    row_number      integer NOT NULL,
    -- The row's images in the order of its cell; empty for a rejected row.
    image_positions integer[] NOT NULL DEFAULT '{}',
    error_code      text,
    error_column    text,
    error_message   text,
    PRIMARY KEY (job_id, row_number)
);

CREATE TABLE images (
    job_id        uuid NOT NULL,
    -- Place among the job's distinct URLs, in order of first appearance, from 0 without gaps.
    position      integer NOT NULL,
    url           text NOT NULL,
    url_digest    bytea NOT NULL,
    -- Name of the first product that shows it, where the job's store keeps such things.
    product       text,
    status        text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'succeeded', 'failed')),
    output_url    text,
    error_code    text,
    error_message text,
    input_bytes   bigint,
    input_width   integer,
    input_height  integer,
    input_format  text,
    output_bytes  bigint,
    output_width  integer,
    output_height integer,
    output_format text,
    output_sha256 bytea,
    finished_at   timestamptz,
    PRIMARY KEY (job_id, position)
);

-- Finds a URL that stood in an earlier row, so that it is fetched once per job.
CREATE UNIQUE INDEX images_by_url ON images (job_id, url_digest);
-- Pages of one status, and what is still pending.
CREATE INDEX images_by_status ON images (job_id, status, position);

CREATE TABLE deliveries (
    delivery_id     uuid PRIMARY KEY DEFAULT uuidv7(),
    job_id          uuid NOT NULL REFERENCES jobs,
    tenant_id       uuid NOT NULL REFERENCES tenants,
    event           text NOT NULL,
    -- Tells apart several events of one kind, as percentages of progress; else 0.
    milestone       integer NOT NULL DEFAULT 0,
    url             text NOT NULL,
    body            text NOT NULL,
    status          text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts        integer NOT NULL DEFAULT 0,
    -- Attempts before somebody asked for it to be sent again: the schedule counts from there.
    restarted_after integer NOT NULL DEFAULT 0,
    -- When the next attempt is due; null once there will be none.
    next_attempt_at timestamptz DEFAULT now(),
    -- A message for that attempt is under way until then; afterwards it counts as lost.
    queued_until    timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (job_id, event, milestone)
);

CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE status = 'pending';

CREATE TABLE delivery_attempts (
    delivery_id  uuid NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    attempt      integer NOT NULL,
    at           timestamptz NOT NULL,
    status_code  integer,
    error        text,
    milliseconds integer NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
);
