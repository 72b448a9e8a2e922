-- One row a case that such a customer has opened about an order.
SELECT * FROM stored.cases
