-- One row a shipping address, with the customer whose it is; the default one is marked.
SELECT customer_profile_oid, email, address.* EXCLUDE (customer_profile_oid)
FROM (SELECT customer_profile_oid, email, unnest(shipping) AS address FROM stored.customers)
