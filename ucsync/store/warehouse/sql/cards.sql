-- One row a stored card of a customer, when it expires and when it was last used.
SELECT customer_profile_oid, card.* EXCLUDE (customer_profile_oid)
FROM (SELECT customer_profile_oid, unnest(cards) AS card FROM customers)
