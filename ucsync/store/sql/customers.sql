-- One row a customer, as the current snapshot has them.
SELECT * FROM stored.customers
