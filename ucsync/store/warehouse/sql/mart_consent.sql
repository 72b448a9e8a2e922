-- One row a country and what its customers agreed to: marketing (NULL has not said), and whether they may be mailed.
SELECT
    country,
    marketing,
    NOT no_mail AS may_be_mailed,
    count(*) AS customers,
    count(*) FILTER (WHERE preference) AS preference,
    count(*) FILTER (WHERE statistics) AS statistics,
    count(*) FILTER (WHERE spam_complaint) AS spam_complaints
FROM customer_facts
GROUP BY country, marketing, no_mail
ORDER BY customers DESC, country, marketing, no_mail
