-- One row a redemption: loyalty points that became a coupon or a gift certificate.
SELECT customer_profile_oid, redemption.*
FROM (SELECT customer_profile_oid, unnest(loyalty.redemptions) AS redemption FROM customers)
