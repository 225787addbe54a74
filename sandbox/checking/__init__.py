"""Check requests and answers against the description read from the SDK."""
