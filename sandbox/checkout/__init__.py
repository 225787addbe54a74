"""Checkout: sessions, how they are completed, and the page that the payer sees."""
