-- One row a customer of the current snapshot, clear, with when and how this version of them came.
SELECT held.*,
    coalesce(version.changed_at, begun.held_from) AS _valid_from,
    coalesce(version.op, 'insert') AS _op,
    coalesce(version.snapshot, begun.snapshot) AS _snapshot
FROM lake.customers AS held
CROSS JOIN (FROM lake.line WHERE place = 0) AS begun
LEFT JOIN (FROM lake.versions WHERE valid_to IS NULL) AS version USING (customer_profile_oid)
