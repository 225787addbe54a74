"""Tests of the sandbox, through Stripe's own SDK and over real HTTP."""
