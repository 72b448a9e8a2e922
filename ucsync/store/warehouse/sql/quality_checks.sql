-- One row a check of the customers' data; each is a column of customer_facts, true where something looks wrong.
FROM (
    VALUES
        (1, 'no_email', 'no e-mail address'),
        (2, 'email_malformed', 'an e-mail address that cannot be one'),
        (3, 'email_twice', 'the mailbox of another customer: the same but for case, +tags or the dots of Gmail'),
        (4, 'no_address', 'neither a billing nor a shipping address'),
        (5, 'no_name', 'an address without a name or a company'),
        (6, 'country_missing', 'an address without a country'),
        (7, 'country_malformed', 'a country that is no code of two letters'),
        (8, 'postal_missing', 'no postal code in a country where everybody has one'),
        (9, 'postal_malformed', 'a postal code that is none of its country'),
        (10, 'phone_malformed', 'a telephone number of less than 7 or more than 15 digits'),
        (11, 'phone_twice', 'the telephone number of another customer'),
        (12, 'person_twice', 'name, country and postal code of another customer'),
        (13, 'signup_missing', 'no instant of sign-up'),
        (14, 'signup_unreadable', 'an instant of sign-up that is none'),
        (15, 'signup_implausible', 'signed up before 1990, or later than the snapshot was taken'),
        (16, 'orders_contradict', 'number, total and dates of orders contradict one another'),
        (17, 'order_future', 'the last order is later than the snapshot was taken'),
        (18, 'total_negative', 'has spent less than nothing'),
        (19, 'consent_contradicts', 'agreed to marketing, and is not to be mailed')
) AS rows (position, name, meaning)
