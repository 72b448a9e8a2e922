-- One row a movement of a customer's loyalty points.
SELECT customer_profile_oid, entry.*
FROM (SELECT customer_profile_oid, unnest(loyalty.ledger_entries) AS entry FROM customers)
