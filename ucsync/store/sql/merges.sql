-- One row a customer that a push merged into another: who was absorbed, who has survived, and when.
SELECT parse_path(filename)[-2] AS snapshot, * EXCLUDE (filename)
FROM stored.merges
