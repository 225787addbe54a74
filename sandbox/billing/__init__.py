"""Billing: products and prices, subscriptions, invoices, bank transfers, the customer's portal."""
