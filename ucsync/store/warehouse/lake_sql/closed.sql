-- One row a version of a customer that is no more, clear, with when and how it came and ended.
SELECT held.* EXCLUDE (_of), version.changed_at AS valid_from, version.valid_to, version.op, version.ended_by,
    version.snapshot
FROM (
    SELECT snapshot AS _of, * EXCLUDE (snapshot, _op) FROM lake.changes
    UNION ALL
    SELECT snapshot AS _of, held.*
    FROM lake.first AS held CROSS JOIN lake.line
    WHERE place = 0 AND held.customer_profile_oid IN (SELECT customer_profile_oid FROM changes)
) AS held
JOIN (
    FROM lake.versions WHERE valid_to IS NOT NULL AND op IN ('insert', 'update')
) AS version ON version.customer_profile_oid = held.customer_profile_oid AND version.snapshot = held._of
