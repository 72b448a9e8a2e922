-- One row a tag of a customer.
SELECT customer_profile_oid, unnest(tags).tag_value AS tag_value FROM customers
