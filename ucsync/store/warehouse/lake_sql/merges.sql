-- One row a customer that a push merged into another: who was absorbed, who has survived, and when.
SELECT * FROM lake.merges ORDER BY merged_at, absorbed_oid
