-- One row a further e-mail address of a customer, and what is sent there.
SELECT customer_profile_oid, copied.*
FROM (SELECT customer_profile_oid, unnest(cc_emails) AS copied FROM customers)
