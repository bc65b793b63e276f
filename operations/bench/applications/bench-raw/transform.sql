INSERT INTO raw_events
SELECT event_id, vehicle_id, event_ms, sent_ms, kind, speed_kmh, acceleration_g, latitude, longitude, odometer_km
FROM events;
