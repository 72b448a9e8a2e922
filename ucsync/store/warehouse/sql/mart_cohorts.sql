-- One row a month of sign-up: how many of those who came then have ordered, come back, and ordered lately.
SELECT
    signup_month AS month,
    count(*) AS customers,
    count(*) FILTER (WHERE order_count > 0) AS buyers,
    count(*) FILTER (WHERE order_count > 1) AS repeat_buyers,
    count(*) FILTER (WHERE active_365) AS active_365,
    count(*) FILTER (WHERE active_90) AS active_90,
    sum(order_count)::BIGINT AS orders,
    sum(total) AS revenue,
    sum(total)::DOUBLE / count(*) AS revenue_a_customer
FROM customer_facts
GROUP BY signup_month
ORDER BY signup_month
