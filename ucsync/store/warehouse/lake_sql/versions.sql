-- One row a version, or an end, of a customer who has changed since the line's first snapshot, with what came next.
SELECT *, lead(changed_at) OVER later AS valid_to, lead(op) OVER later AS ended_by
FROM (
    FROM changes
    UNION ALL
    SELECT customer_profile_oid, 'insert', snapshot, held_from
    FROM lake.first CROSS JOIN lake.line
    WHERE place = 0 AND customer_profile_oid IN (SELECT customer_profile_oid FROM changes)
)
WINDOW later AS (PARTITION BY customer_profile_oid ORDER BY changed_at)
