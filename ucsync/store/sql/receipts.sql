-- One row a snapshot: proof, counts, requests; the newest is the current one.
SELECT * FROM stored.receipts
