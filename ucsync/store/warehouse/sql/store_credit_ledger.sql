-- One row a movement of a customer's cashback: of the internal gift certificate that holds it.
SELECT customer_profile_oid, entry.*
FROM (
    SELECT customer_profile_oid, unnest(loyalty.internal_gift_certificate.ledger_entries) AS entry
    FROM customers
)
