-- One row a check of `quality_checks`: how many customers it is true of, and their share of all.
WITH counted AS (
    SELECT
        count(*) AS everybody,
        count(*) FILTER (WHERE no_email) AS no_email,
        count(*) FILTER (WHERE email_malformed) AS email_malformed,
        count(*) FILTER (WHERE email_twice) AS email_twice,
        count(*) FILTER (WHERE no_address) AS no_address,
        count(*) FILTER (WHERE no_name) AS no_name,
        count(*) FILTER (WHERE country_missing) AS country_missing,
        count(*) FILTER (WHERE country_malformed) AS country_malformed,
        count(*) FILTER (WHERE postal_missing) AS postal_missing,
        count(*) FILTER (WHERE postal_malformed) AS postal_malformed,
        count(*) FILTER (WHERE phone_malformed) AS phone_malformed,
        count(*) FILTER (WHERE phone_twice) AS phone_twice,
        count(*) FILTER (WHERE person_twice) AS person_twice,
        count(*) FILTER (WHERE signup_missing) AS signup_missing,
        count(*) FILTER (WHERE signup_unreadable) AS signup_unreadable,
        count(*) FILTER (WHERE signup_implausible) AS signup_implausible,
        count(*) FILTER (WHERE orders_contradict) AS orders_contradict,
        count(*) FILTER (WHERE order_future) AS order_future,
        count(*) FILTER (WHERE total_negative) AS total_negative,
        count(*) FILTER (WHERE consent_contradicts) AS consent_contradicts
    FROM customer_facts
)
SELECT position, name, meaning, customers, customers / nullif(everybody, 0) AS share
FROM quality_checks
JOIN (
    UNPIVOT counted ON
        no_email, email_malformed, email_twice, no_address, no_name, country_missing, country_malformed,
        postal_missing, postal_malformed, phone_malformed, phone_twice, person_twice, signup_missing,
        signup_unreadable, signup_implausible, orders_contradict, order_future, total_negative,
        consent_contradicts
    INTO NAME name VALUE customers
) USING (name)
ORDER BY position
