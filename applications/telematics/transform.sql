-- One pass over the events: the first copy of each, told apart by whether it came late, and from there into four tables.
-- Every event ends up in vehicle_events; on time it counts in vehicle_minute, late it stands in late_events.

-- Heartbeats only move the watermark on. Late: reached the topic 10 seconds or more after it happened. The watermark
-- lags 12 seconds behind the arrival (see application.yaml), so that no operator can find an event late that is not late
-- here, not after a restart either.
CREATE VIEW reports AS
SELECT
    event_id,
    vehicle_id,
    kind,
    speed_kmh,
    acceleration_g,
    latitude,
    longitude,
    odometer_km,
    event_time,
    sent_at,
    arrived_at,
    seen_at,
    event_time <= arrived_at - INTERVAL '10' SECOND AS late
FROM events
WHERE kind IS DISTINCT FROM 'heartbeat';

-- Devices send again what they got no answer for. The first copy counts.
CREATE VIEW distinct_events AS
SELECT
    event_id, vehicle_id, kind, speed_kmh, acceleration_g, latitude, longitude, odometer_km,
    event_time, sent_at, arrived_at, late
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY seen_at) AS copy
    FROM reports
)
WHERE copy = 1;

-- Windows and patterns take rows that are never corrected: those on time, each once.
CREATE VIEW events_on_time AS
SELECT
    event_id, vehicle_id, kind, speed_kmh, acceleration_g, latitude, longitude, odometer_km,
    event_time, sent_at, arrived_at
FROM distinct_events
WHERE NOT late;

INSERT INTO vehicle_events
SELECT
    event_id, vehicle_id, kind, speed_kmh, acceleration_g, latitude, longitude, odometer_km,
    event_time, sent_at, arrived_at, late
FROM distinct_events;

INSERT INTO late_events
SELECT event_id, vehicle_id, kind, event_time, arrived_at, TIMESTAMPDIFF(SECOND, event_time, arrived_at) AS late_seconds
FROM distinct_events
WHERE late;

INSERT INTO vehicle_minute
SELECT
    vehicle_id,
    CAST(window_start AS TIMESTAMP_LTZ(6)) AS window_start,
    CAST(window_end AS TIMESTAMP_LTZ(6)) AS window_end,
    COUNT(*) AS events,
    AVG(speed_kmh) AS average_speed_kmh,
    MAX(speed_kmh) AS top_speed_kmh,
    MAX(ABS(acceleration_g)) AS top_acceleration_g,
    MAX(odometer_km) - MIN(odometer_km) AS distance_km
FROM TABLE(TUMBLE(TABLE events_on_time, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
GROUP BY vehicle_id, window_start, window_end;

-- A crash candidate: an impact of more than 4 g while driving at more than 20 km/h, and a standstill within 20 seconds.
-- 4 g: emergency braking stays below 1.2 g, airbags deploy from some 10 g, low-speed crashes begin between 3 and 5 g.
-- Only the reports that can be part of one are searched: matching keeps state for each report that it is shown, and of
-- a hundred reports some five are an impact or a standstill.
CREATE VIEW impacts_and_standstills AS
SELECT *
FROM events_on_time
WHERE speed_kmh < 3 OR (ABS(acceleration_g) > 4 AND speed_kmh > 20);

CREATE VIEW crashes AS
SELECT *
FROM impacts_and_standstills
MATCH_RECOGNIZE (
    PARTITION BY vehicle_id
    ORDER BY event_time, event_id
    MEASURES
        IMPACT.event_id AS crash_event_id,
        IMPACT.event_time AS impact_at,
        IMPACT.speed_kmh AS impact_kmh,
        IMPACT.acceleration_g AS impact_g,
        IMPACT.latitude AS latitude,
        IMPACT.longitude AS longitude,
        STANDSTILL.event_time AS standstill_at
    ONE ROW PER MATCH
    AFTER MATCH SKIP PAST LAST ROW
    PATTERN (IMPACT AGAIN*? STANDSTILL) WITHIN INTERVAL '20' SECOND
    DEFINE
        IMPACT AS IMPACT.speed_kmh > 20,
        STANDSTILL AS STANDSTILL.speed_kmh < 3
);

-- Policies without a vehicle match nothing; left in, they would all lie under one key of the join.
CREATE VIEW vehicle_policies AS
SELECT policy_id, customer_id, product, vehicle_id FROM policies WHERE vehicle_id IS NOT NULL;

-- The policy of the vehicle as it is now; a vehicle without one is a candidate all the same. Neither side of the join
-- is forgotten: the application's time to live is for the memory of event ids only.
INSERT INTO crash_candidates
SELECT /*+ STATE_TTL('c' = '0s', 'p' = '0s') */
    c.crash_event_id,
    c.vehicle_id,
    c.impact_at,
    c.standstill_at,
    c.impact_kmh,
    c.impact_g,
    c.latitude,
    c.longitude,
    p.policy_id,
    p.customer_id,
    p.product
FROM crashes AS c
LEFT JOIN vehicle_policies AS p ON c.vehicle_id = p.vehicle_id;
