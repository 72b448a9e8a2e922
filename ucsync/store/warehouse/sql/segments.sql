-- One row a segment of customers by recency, frequency and amount (RFM) of their orders, in the order of their worth.
FROM (
    VALUES
        (1, 'Champions', 'order often, spend most, and have ordered lately'),
        (2, 'Loyal', 'order often; the last order is not long ago'),
        (3, 'Potential loyalists', 'have come back, and have ordered lately'),
        (4, 'New', 'have ordered once, lately'),
        (5, 'Promising', 'have ordered once, not long ago'),
        (6, 'Need attention', 'have come back; the last order was some time ago'),
        (7, 'At risk', 'have come back; the last order was long ago'),
        (8, 'Cannot lose', 'ordered often and spent most, long ago'),
        (9, 'Hibernating', 'have ordered once, long ago'),
        (10, 'Lost', 'have ordered once, longest ago'),
        (11, 'No orders', 'have not ordered yet')
) AS rows (position, segment, meaning)
