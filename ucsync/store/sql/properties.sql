-- One row a property of a customer, with the instant at which it expires.
SELECT customer_profile_oid, email, property.*
FROM (SELECT customer_profile_oid, email, unnest(properties) AS property FROM stored.customers)
