-- One row a licence that a customer has bought.
SELECT customer_profile_oid, entitlement.*
FROM (SELECT customer_profile_oid, unnest(software_entitlements) AS entitlement FROM customers)
