-- One row a month of sign-up: who came, and how many there are of all who came until then; "" is not known.
SELECT
    signup_month AS month,
    count(*) AS customers,
    sum(count(*)) OVER (ORDER BY signup_month)::BIGINT AS customers_so_far,
    count(*) FILTER (WHERE order_count > 0) AS buyers,
    sum(total) AS revenue
FROM customer_facts
GROUP BY signup_month
ORDER BY signup_month
