"""Gifts that come every month to a committee, collected by Stripe."""
