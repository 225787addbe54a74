"""What a tester can do that Stripe's interface cannot: everything below `/_sandbox/`."""
