-- One row a file that is kept with a customer.
SELECT customer_profile_oid, attachment.*
FROM (SELECT customer_profile_oid, unnest(attachments) AS attachment FROM customers)
