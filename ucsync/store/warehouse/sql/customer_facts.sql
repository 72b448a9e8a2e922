-- One row a customer without a word of theirs: sign-up, country, orders, RFM, consent, loyalty, what looks wrong.
-- table
WITH clock AS (
    SELECT taken_at, taken_at + INTERVAL 1 DAY AS soon FROM warehouse
),
-- The address that stands for a customer: the default one for billing, else the first; without any, for shipping.
chosen AS (
    SELECT
        * EXCLUDE (billing, shipping),
        coalesce(list_filter(billing, lambda row: row.default_billing)[1], billing[1]) AS bill,
        coalesce(list_filter(shipping, lambda row: row.default_shipping)[1], shipping[1]) AS ship
    FROM lake.customers
),
told AS (
    SELECT
        customer_profile_oid,
        nullif(trim(email), '') AS email,
        nullif(signup_dts, '') AS signup,
        bill IS NOT NULL OR ship IS NOT NULL AS has_address,
        nullif(upper(trim(if(bill IS NULL, ship.country_code, bill.country_code))), '') AS country,
        upper(trim(if(bill IS NULL, ship.state_region, bill.state_region))) AS region,
        nullif(upper(replace(if(bill IS NULL, ship.postal_code, bill.postal_code), ' ', '')), '') AS postal,
        nullif(lower(trim(if(bill IS NULL, ship.first_name, bill.first_name))), '') AS first_name,
        nullif(lower(trim(if(bill IS NULL, ship.last_name, bill.last_name))), '') AS last_name,
        nullif(trim(if(bill IS NULL, ship.company, bill.company)), '') AS company,
        coalesce(
            nullif(trim(if(bill IS NULL, ship.day_phone_e164, bill.day_phone_e164)), ''),
            nullif(trim(if(bill IS NULL, ship.day_phone, bill.day_phone)), '')
        ) AS phone,
        coalesce(orders_summary.order_count, 0) AS order_count,
        CAST(coalesce(orders_summary.total, 0) AS DECIMAL(38, 4)) AS total,
        orders_summary.first_order_dts AS first_order_at,
        orders_summary.last_order_dts AS last_order_at,
        privacy.marketing AS marketing,
        privacy.preference AS preference,
        privacy.statistics AS statistics,
        coalesce(do_not_send_mail, false) AS do_not_send_mail,
        coalesce(activity.global_unsubscribed, false) AS unsubscribed,
        coalesce(activity.spam_complaint, false) AS spam_complaint,
        loyalty.current_points IS NOT NULL OR loyalty.pending_points IS NOT NULL
            OR loyalty.loyalty_tier_name IS NOT NULL AS loyalty_member,
        nullif(trim(loyalty.loyalty_tier_name), '') AS loyalty_tier,
        coalesce(loyalty.current_points, 0) AS points,
        coalesce(loyalty.pending_points, 0) AS pending_points,
        coalesce(len(tags), 0) AS tags,
        nullif(trim(pricing_tiers[1].name), '') AS pricing_tier
    FROM chosen
),
-- Text that is no instant as the API writes them, or none of the calendar, has no place in time.
dated AS (
    SELECT
        * EXCLUDE (country),
        if(regexp_full_match(country, '[A-Z]{2}'), country, '') AS country,
        country AS country_told,
        lower(email) AS mail,
        split_part(split_part(mail, '@', 1), '+', 1) AS local,
        split_part(mail, '@', 2) IN ('gmail.com', 'googlemail.com') AS is_gmail,
        regexp_full_match(email, '[^@\s\v]+@[^@.\s\v]+(\.[^@.\s\v]+)+') AS email_fits,
        regexp_replace(phone, '\D', '', 'g') AS digits,
        if(regexp_full_match(
            signup,
            '\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)'
        ), TRY_CAST(signup AS TIMESTAMPTZ), NULL) AS instant,
        if(epoch_us(instant) >= -62135596800000000 AND epoch_us(instant) < 253402300800000000, instant, NULL)
            AS signup_at
    FROM told
),
-- One mailbox, telephone or person, however it is written, as a number: no clear text goes on from here.
keyed AS MATERIALIZED (
    SELECT
        customer_profile_oid, has_address, country, region, total, first_order_at, last_order_at, signup_at,
        marketing, preference, statistics, do_not_send_mail, unsubscribed, spam_complaint, loyalty_member,
        loyalty_tier, points, pending_points, tags, pricing_tier, taken_at, soon,
        greatest(order_count, 0) AS order_count,
        do_not_send_mail OR unsubscribed AS no_mail,
        if(email_fits, hash(
            if(is_gmail, replace(local, '.', ''), coalesce(nullif(local, ''), mail)),
            if(is_gmail, 'gmail.com', split_part(mail, '@', 2))
        ), NULL) AS mailbox,
        if(len(digits) BETWEEN 7 AND 15, hash(digits), NULL) AS telephone,
        if(
            first_name IS NOT NULL AND last_name IS NOT NULL AND postal IS NOT NULL,
            hash(first_name, last_name, country, postal), NULL
        ) AS person,
        coalesce(signup_at >= '1990-01-01 00:00:00Z'::TIMESTAMPTZ AND signup_at <= soon, false) AS signup_fits,
        signup IS NULL AS signup_missing,
        email IS NULL AS no_email,
        has_address AND first_name IS NULL AND last_name IS NULL AND company IS NULL AS no_name,
        has_address AND country_told IS NULL AS country_missing,
        country_told IS NOT NULL AND country = '' AS country_malformed,
        postal IS NULL AND country IN (
            'US', 'CA', 'GB', 'AU', 'NZ', 'DE', 'FR', 'ES', 'IT', 'NL', 'AT', 'CH', 'JP'
        ) AS postal_missing,
        postal IS NOT NULL AND NOT CASE
            WHEN country = 'US' THEN regexp_full_match(postal, '\d{5}(-?\d{4})?')
            WHEN country IN ('DE', 'FR', 'ES', 'IT') THEN regexp_full_match(postal, '\d{5}')
            WHEN country IN ('AU', 'NZ', 'AT', 'CH') THEN regexp_full_match(postal, '\d{4}')
            WHEN country = 'CA' THEN regexp_full_match(postal, '[A-Z]\d[A-Z]-?\d[A-Z]\d')
            WHEN country = 'GB' THEN regexp_full_match(postal, '[A-Z]{1,2}\d[A-Z0-9]?\d[A-Z]{2}')
            WHEN country = 'NL' THEN regexp_full_match(postal, '\d{4}[A-Z]{2}')
            WHEN country = 'JP' THEN regexp_full_match(postal, '\d{3}-?\d{4}')
            ELSE true
        END AS postal_malformed,
        phone IS NOT NULL AND NOT len(digits) BETWEEN 7 AND 15 AS phone_malformed,
        CASE
            WHEN order_count < 0 THEN true
            WHEN order_count = 0 THEN total <> 0 OR first_order_at IS NOT NULL OR last_order_at IS NOT NULL
            ELSE first_order_at IS NULL OR last_order_at IS NULL OR first_order_at > last_order_at
        END AS orders_contradict
    FROM dated, clock
),
mailboxes AS (SELECT mailbox FROM keyed WHERE mailbox IS NOT NULL GROUP BY mailbox HAVING count(*) > 1),
telephones AS (SELECT telephone FROM keyed WHERE telephone IS NOT NULL GROUP BY telephone HAVING count(*) > 1),
people AS (SELECT person FROM keyed WHERE person IS NOT NULL GROUP BY person HAVING count(*) > 1),
-- Fifths of the buyers: how many are strictly newer (r), or strictly less (f, m), so that equals are equal.
scored AS (
    SELECT
        customer_profile_oid,
        if(
            last_order_at IS NULL, 1,
            5 - 5 * (rank() OVER (ORDER BY last_order_at DESC NULLS LAST) - 1) // count(*) OVER ()
        )::TINYINT AS r,
        (1 + 5 * (rank() OVER (ORDER BY order_count) - 1) // count(*) OVER ())::TINYINT AS f,
        (1 + 5 * (rank() OVER (ORDER BY total) - 1) // count(*) OVER ())::TINYINT AS m
    FROM keyed
    WHERE order_count > 0
)
SELECT
    customer_profile_oid,
    signup_at,
    if(signup_fits, strftime(make_timestamp(epoch_us(signup_at)), '%Y-%m'), '') AS signup_month,
    country,
    if(regexp_full_match(region, '[A-Z]{2}|ACT|NSW|QLD|TAS|VIC'), region, NULL) AS region,
    order_count,
    total,
    first_order_at,
    last_order_at,
    if(
        last_order_at IS NULL, NULL, greatest((epoch_us(taken_at) - epoch_us(last_order_at)) // 86400000000, 0)
    )::INTEGER AS days_since_last_order,
    if(order_count > 0, CAST(total / order_count AS DECIMAL(38, 4)), NULL) AS average_order,
    r,
    f,
    m,
    CASE
        WHEN order_count = 0 THEN 'No orders'
        WHEN order_count = 1 AND r >= 4 THEN 'New'
        WHEN order_count = 1 AND r = 3 THEN 'Promising'
        WHEN order_count = 1 AND r = 2 THEN 'Hibernating'
        WHEN order_count = 1 THEN 'Lost'
        WHEN r >= 4 AND f >= 4 AND m >= 4 THEN 'Champions'
        WHEN r >= 3 AND f >= 4 THEN 'Loyal'
        WHEN r >= 4 THEN 'Potential loyalists'
        WHEN r = 3 THEN 'Need attention'
        WHEN f >= 4 AND m >= 4 THEN 'Cannot lose'
        ELSE 'At risk'
    END AS segment,
    order_count > 0 AND coalesce(last_order_at >= taken_at - INTERVAL 90 DAY, false) AS active_90,
    order_count > 0 AND coalesce(last_order_at >= taken_at - INTERVAL 365 DAY, false) AS active_365,
    marketing,
    preference,
    statistics,
    do_not_send_mail,
    unsubscribed,
    no_mail,
    spam_complaint,
    loyalty_member,
    if(contains(loyalty_tier, '@'), NULL, loyalty_tier) AS loyalty_tier,
    points,
    pending_points,
    tags,
    if(contains(pricing_tier, '@'), NULL, pricing_tier) AS pricing_tier,
    no_email,
    NOT no_email AND mailbox IS NULL AS email_malformed,
    mailbox IS NOT NULL AND mailbox IN (FROM mailboxes) AS email_twice,
    NOT has_address AS no_address,
    no_name,
    country_missing,
    country_malformed,
    postal_missing,
    postal_malformed,
    phone_malformed,
    telephone IS NOT NULL AND telephone IN (FROM telephones) AS phone_twice,
    person IS NOT NULL AND person IN (FROM people) AS person_twice,
    signup_missing,
    NOT signup_missing AND signup_at IS NULL AS signup_unreadable,
    signup_at IS NOT NULL AND NOT signup_fits AS signup_implausible,
    orders_contradict,
    coalesce(last_order_at > soon, false) AS order_future,
    total < 0 AS total_negative,
    coalesce(marketing, false) AND no_mail AS consent_contradicts
FROM keyed
LEFT JOIN scored USING (customer_profile_oid)
