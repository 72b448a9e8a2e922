-- One row a country and region; a region of fewer than five customers is added to those of none.
WITH regions AS (
    SELECT
        country,
        region,
        count(*) AS customers,
        count(*) FILTER (WHERE order_count > 0) AS buyers,
        sum(order_count) AS orders,
        sum(total) AS revenue
    FROM customer_facts
    GROUP BY country, region
)
SELECT
    country,
    if(customers >= 5, region, NULL) AS region,
    sum(customers)::BIGINT AS customers,
    sum(buyers)::BIGINT AS buyers,
    sum(orders)::BIGINT AS orders,
    sum(revenue) AS revenue
FROM regions
GROUP BY ALL
ORDER BY customers DESC, country, region NULLS LAST
