-- One row a tier of loyalty: its members and their points; NULL is members without a tier.
SELECT
    loyalty_tier AS tier,
    count(*) AS customers,
    sum(points)::BIGINT AS points,
    sum(pending_points)::BIGINT AS pending_points
FROM customer_facts
WHERE loyalty_member
GROUP BY loyalty_tier
ORDER BY customers DESC, tier NULLS LAST
