-- One row a billing address, with the customer whose it is; the default one is marked.
SELECT customer_profile_oid, address.* EXCLUDE (customer_profile_oid)
FROM (SELECT customer_profile_oid, unnest(billing) AS address FROM customers)
