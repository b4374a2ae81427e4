"""What keeps statements quick whoever has analysed the tables when: indexes and table settings.

The indexes ``jobs_active`` and ``deliveries_due`` are those of release 0.1. They can go one release
after it.
"""

from alembic import op

from database.migrations import steps

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # A tenant's jobs of one status, without a walk through all of its jobs. A job changes its
    # status a few times in its life; its counters, which change with every batch, are in no index.
    steps.create_index("jobs_of_tenant_by_status", "ON jobs (tenant_id, status, job_id)")
    # Unfinished jobs of one status: an order of its own, so that no other index can seem as good.
    steps.create_index(
        "jobs_active_by_status",
        "ON jobs (status, job_id) "
        "WHERE status IN ('awaiting_upload', 'ingesting', 'processing', 'finalizing')",
    )
    # Where a delivery stands in the order of claims: behind its lease, if it has one, so that a
    # claim does not read again what earlier ones have taken.
    steps.create_index(
        "deliveries_claimable",
        "ON deliveries (greatest(next_attempt_at, queued_until)) WHERE status = 'pending'",
    )
    # By default a fifth of a table must be dead, or a tenth of it be new, before autovacuum comes:
    # millions of rows in the large ones.
    op.execute(
        """
        ALTER TABLE images SET (
            autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05,
            autovacuum_analyze_scale_factor = 0.01);
        ALTER TABLE csv_rows SET (
            autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
            autovacuum_analyze_scale_factor = 0.02);
        ALTER TABLE jobs SET (
            autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
        ALTER TABLE deliveries SET (
            autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02)
        """
    )
    # ANALYZE guesses from a sample how many jobs there are. Where it believes that each row has a
    # job of its own, looking for the job alone seems as good as looking for one row of it. Let it
    # believe that a job has a hundred rows.
    op.execute(
        """
        ALTER TABLE images ALTER COLUMN job_id SET (n_distinct = -0.01);
        ALTER TABLE csv_rows ALTER COLUMN job_id SET (n_distinct = -0.01);
        ANALYZE jobs, images, csv_rows, deliveries
        """
    )
