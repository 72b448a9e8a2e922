-- One row a number of orders and what was spent on them in all, both in bands: how often, and worth what.
SELECT
    CASE
        WHEN order_count < 3 THEN order_count::VARCHAR
        WHEN order_count < 5 THEN '3-4'
        WHEN order_count < 10 THEN '5-9'
        ELSE '10+'
    END AS orders_band,
    CASE
        WHEN order_count = 0 THEN NULL
        WHEN total < 50 THEN '0-50'
        WHEN total < 100 THEN '50-100'
        WHEN total < 250 THEN '100-250'
        WHEN total < 500 THEN '250-500'
        WHEN total < 1000 THEN '500-1000'
        ELSE '1000+'
    END AS spent_band,
    count(*) AS customers,
    sum(order_count)::BIGINT AS orders,
    sum(total) AS revenue,
    sum(total)::DOUBLE / nullif(sum(order_count), 0) AS revenue_an_order
FROM customer_facts
GROUP BY orders_band, spent_band
ORDER BY min(order_count), min(total)
