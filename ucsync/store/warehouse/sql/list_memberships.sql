-- One row a membership of a customer in an e-mail list or segment.
SELECT customer_profile_oid, membership.*
FROM (SELECT customer_profile_oid, unnest(activity.memberships) AS membership FROM customers)
