-- One row a customer that a snapshot inserted, updated, deleted or merged away; of all snapshots but the first.
SELECT parse_path(filename)[-2] AS snapshot, _op AS op, * EXCLUDE (filename, _op)
FROM stored.changes
