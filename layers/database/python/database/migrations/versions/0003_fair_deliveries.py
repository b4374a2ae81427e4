"""Webhooks are claimed tenant by tenant, and receivers that are silent are known."""

from pathlib import Path

from alembic import op

from database.migrations import steps

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Indexes first: they are built outside of the transaction that notes this version, so they may
    # be built twice, and the rest may not.
    # The longest due of each tenant. A lease puts a delivery later, as in the index of all tenants
    # that this one replaces.
    steps.create_index(
        "deliveries_claimable_of_tenant",
        "ON deliveries (tenant_id, greatest(next_attempt_at, queued_until))"
        " WHERE status = 'pending'",
    )
    steps.drop_index("deliveries_claimable")
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
