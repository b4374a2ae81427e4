ALTER TABLE deliveries
    -- When somebody last asked for it to be sent again.
    ADD COLUMN restarted_at timestamptz,
    -- The receiver's host with its port. Hosts have up to 253 characters, what users name as one may
    -- have more.
    ADD COLUMN host text
        GENERATED ALWAYS AS (left(lower(substring(url FROM '^[^:/?#]+://([^/?#]*)')), 300)) VIRTUAL;

-- Receivers that let a tenant's last request run out of time. Few, and forgotten after hours.
CREATE TABLE silent_receivers (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    host         text NOT NULL,
    silent_since timestamptz NOT NULL DEFAULT now(),
    reported_at  timestamptz NOT NULL DEFAULT now(),
    -- When the next delivery may be sent, to see whether the receiver answers again.
    probe_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, host)
);

-- What is forgotten next.
CREATE INDEX silent_receivers_by_report ON silent_receivers (reported_at);
