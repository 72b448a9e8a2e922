-- One row a version of a customer, from valid_from up to, and without, valid_to; null for the current one.
SELECT valid_from, valid_to, op, ended_by, snapshot, * EXCLUDE (valid_from, valid_to, op, ended_by, snapshot)
FROM history
UNION ALL BY NAME
SELECT _valid_from AS valid_from, NULL::TIMESTAMPTZ AS valid_to, _op AS op, NULL::VARCHAR AS ended_by,
    _snapshot AS snapshot, * EXCLUDE (_valid_from, _op, _snapshot)
FROM customers
