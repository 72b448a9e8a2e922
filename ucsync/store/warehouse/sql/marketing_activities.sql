-- One row a thing that a customer did, as marketing saw it.
SELECT customer_profile_oid, activity.*
FROM (SELECT customer_profile_oid, unnest(activity.activities) AS activity FROM customers)
