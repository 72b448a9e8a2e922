-- One row a pricing tier of a customer.
SELECT customer_profile_oid, tier.*
FROM (SELECT customer_profile_oid, unnest(pricing_tiers) AS tier FROM customers)
