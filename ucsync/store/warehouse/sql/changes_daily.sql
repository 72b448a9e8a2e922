-- One row a day (UTC) with changes: how many customers were inserted, updated, deleted and merged away.
SELECT make_timestamp(epoch_us(changed_at))::DATE AS day,
    count(*) FILTER (op = 'insert') AS inserted, count(*) FILTER (op = 'update') AS updated,
    count(*) FILTER (op = 'delete') AS deleted, count(*) FILTER (op = 'merge') AS merged
FROM changes GROUP BY day ORDER BY day
