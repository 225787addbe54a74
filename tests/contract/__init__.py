"""One suite for two sides: what we rest on must hold at the sandbox and at Stripe itself."""
