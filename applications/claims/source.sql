-- The two tables that the application claims captures; telematics captures one of them too. `./streamctl up` runs this on
-- its database, also on one that has the tables: every statement can run again.
-- Amounts are in the currency of the portfolio; times are with time zone.

CREATE TABLE IF NOT EXISTS public.policies (
    policy_id           BIGINT PRIMARY KEY,
    customer_id         BIGINT NOT NULL,
    product             TEXT NOT NULL,
    region              TEXT NOT NULL,
    -- The insured vehicle of a motor policy; others have none.
    vehicle_id          TEXT UNIQUE,
    -- Hours within which a claim is to be decided.
    service_level_hours INTEGER NOT NULL CHECK (service_level_hours > 0),
    premium             NUMERIC(12, 2) NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL
);

CREATE TABLE IF NOT EXISTS public.claims (
    claim_id    BIGINT PRIMARY KEY,
    policy_id   BIGINT NOT NULL REFERENCES public.policies,
    amount      NUMERIC(12, 2) NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('reported', 'in_review', 'approved', 'rejected', 'paid')),
    reported_at TIMESTAMPTZ NOT NULL,
    -- Set when the claim is approved or rejected.
    decided_at  TIMESTAMPTZ,
    updated_at  TIMESTAMPTZ NOT NULL
);

CREATE INDEX IF NOT EXISTS claims_policy_id ON public.claims (policy_id);

-- Updates and deletes carry the whole row as it was before; Flink takes it back out of joins and sums.
ALTER TABLE public.policies REPLICA IDENTITY FULL;
ALTER TABLE public.claims REPLICA IDENTITY FULL;
