-- One row a snapshot: proof, counts, requests; oldest first.
SELECT held.*, held_from
FROM lake.receipts AS held LEFT JOIN lake.line USING (snapshot)
ORDER BY finished_at, held_from
