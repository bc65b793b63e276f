-- Written so that PostgreSQL runs the same queries: each table of the lakehouse equals its query on the source.

-- Each claim as it is now, with what its policy says about it. A claim has waited until its decision, or until it was
-- last touched while there is none, so the waiting time depends on the row alone and not on the time of the query.
-- Whole seconds of each time are subtracted: Flink cuts fractions off, PostgreSQL would keep them.
CREATE VIEW claims_with_policy AS
SELECT
    c.claim_id,
    c.policy_id,
    p.customer_id,
    p.product,
    p.region,
    p.service_level_hours,
    c.amount,
    c.status,
    c.reported_at,
    c.decided_at,
    c.updated_at,
    c.decided_at IS NOT NULL AS decided,
    FLOOR(EXTRACT(EPOCH FROM COALESCE(c.decided_at, c.updated_at))) - FLOOR(EXTRACT(EPOCH FROM c.reported_at))
        AS waiting_seconds
FROM claims AS c
JOIN policies AS p ON c.policy_id = p.policy_id;

INSERT INTO claim_current
SELECT claim_id, policy_id, customer_id, product, region, amount, status, reported_at, decided_at, updated_at
FROM claims_with_policy;

INSERT INTO claim_waiting
SELECT
    claim_id,
    region,
    product,
    service_level_hours,
    waiting_seconds,
    decided,
    waiting_seconds > service_level_hours * 3600 AS breached
FROM claims_with_policy;

INSERT INTO claim_summary
SELECT
    region,
    product,
    COUNT(*) AS claims,
    COUNT(*) FILTER (WHERE NOT decided) AS open_claims,
    COUNT(*) FILTER (WHERE waiting_seconds > service_level_hours * 3600) AS breached_claims,
    SUM(amount) AS amount
FROM claims_with_policy
GROUP BY region, product;
