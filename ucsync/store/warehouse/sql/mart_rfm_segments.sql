-- One row a segment of `segments`: how many are in it, what they ordered, and how long ago the last time.
SELECT
    position,
    segment,
    any_value(meaning) AS meaning,
    count(customer_profile_oid) AS customers,
    coalesce(sum(order_count), 0)::BIGINT AS orders,
    coalesce(sum(total), 0) AS revenue,
    avg(days_since_last_order) AS days_since_last_order
FROM segments
LEFT JOIN customer_facts USING (segment)
GROUP BY position, segment
ORDER BY position
