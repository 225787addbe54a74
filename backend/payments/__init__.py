"""Payments through Stripe: one door out, one inbox in."""
