-- One row a month of sign-up, country and segment, with all that is added up; small countries together are "*".
-- table
WITH
-- The largest countries by name: 12 of them, fewer where months are so many that a page would get too large.
named AS (
    SELECT country FROM customer_facts WHERE country <> ''
    GROUP BY country ORDER BY count(*) DESC, country
    LIMIT (
        SELECT least(12, greatest(1, 27000 // (11 * greatest(count(DISTINCT signup_month), 1)) - 2))
        FROM customer_facts
    )
),
banded AS (
    SELECT
        signup_month AS month,
        if(country = '' OR country IN (FROM named), country, '*') AS country,
        segment, order_count, total, points, active_90, active_365, marketing, no_mail, loyalty_member,
        CASE
            WHEN order_count < 3 THEN order_count
            WHEN order_count < 5 THEN 3
            WHEN order_count < 10 THEN 5
            ELSE 10
        END::TINYINT AS ordered,
        CASE
            WHEN order_count = 0 THEN NULL
            WHEN total < 50 THEN 0
            WHEN total < 100 THEN 50
            WHEN total < 250 THEN 100
            WHEN total < 500 THEN 250
            WHEN total < 1000 THEN 500
            ELSE 1000
        END::SMALLINT AS spent
    FROM customer_facts
)
SELECT
    month,
    country,
    segment,
    count(*) AS customers,
    count(*) FILTER (WHERE ordered > 0) AS buyers,
    count(*) FILTER (WHERE ordered > 1) AS repeat_buyers,
    sum(order_count)::BIGINT AS orders,
    sum(total) AS revenue,
    count(*) FILTER (WHERE ordered = 1) AS orders_1,
    count(*) FILTER (WHERE ordered = 2) AS orders_2,
    count(*) FILTER (WHERE ordered = 3) AS orders_3_4,
    count(*) FILTER (WHERE ordered = 5) AS orders_5_9,
    count(*) FILTER (WHERE ordered = 10) AS orders_10,
    count(*) FILTER (WHERE spent = 0) AS spent_0_50,
    count(*) FILTER (WHERE spent = 50) AS spent_50_100,
    count(*) FILTER (WHERE spent = 100) AS spent_100_250,
    count(*) FILTER (WHERE spent = 250) AS spent_250_500,
    count(*) FILTER (WHERE spent = 500) AS spent_500_1000,
    count(*) FILTER (WHERE spent = 1000) AS spent_1000,
    count(*) FILTER (WHERE active_90) AS active_90,
    count(*) FILTER (WHERE active_365) AS active_365,
    count(*) FILTER (WHERE marketing) AS opted_in,
    count(*) FILTER (WHERE NOT marketing) AS opted_out,
    count(*) FILTER (WHERE no_mail) AS no_mail,
    count(*) FILTER (WHERE loyalty_member) AS loyalty_members,
    sum(points)::BIGINT AS points
FROM banded
GROUP BY month, country, segment
