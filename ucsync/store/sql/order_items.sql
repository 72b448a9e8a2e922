-- One row an item of such an order, by its position there.
SELECT * FROM stored.order_items
