-- One row a customer whom a snapshot inserted, updated, deleted or merged away, without their details.
SELECT customer_profile_oid, _op AS op, snapshot, held_from AS changed_at
FROM lake.changes JOIN lake.line USING (snapshot)
ORDER BY held_from, customer_profile_oid
