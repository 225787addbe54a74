"""The doors to payment providers."""
