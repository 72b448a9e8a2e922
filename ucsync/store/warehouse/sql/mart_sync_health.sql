-- One row a snapshot: what made it, whether it is proven, what it cost, and how long after the one before it came.
SELECT
    snapshot,
    finished_at,
    kind,
    proof,
    array_to_string(reasons, '; ') AS reasons,
    rows,
    inserted,
    updated,
    deleted,
    quarantined,
    requests,
    requests_floor,
    greatest((epoch_us(finished_at) - epoch_us(started_at)) // 1000000, 0) AS seconds,
    (epoch_us(finished_at) - lag(epoch_us(finished_at)) OVER (ORDER BY rowid)) / 3600000000 AS hours_since_last
FROM receipts
ORDER BY rowid
