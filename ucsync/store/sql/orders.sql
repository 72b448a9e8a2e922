-- One row an order of a customer whose account was exported into the lake, as the customer sees it.
SELECT * FROM stored.orders
