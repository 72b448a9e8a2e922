-- One row a message of such a case, by its position there.
SELECT * FROM stored.case_messages
