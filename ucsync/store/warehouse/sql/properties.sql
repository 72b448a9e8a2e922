-- One row a property of a customer, with the instant at which it expires.
SELECT customer_profile_oid, property.*
FROM (SELECT customer_profile_oid, unnest(properties) AS property FROM customers)
