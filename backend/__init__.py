"""The domain of Twinfund and its API; it knows nothing of the pages."""
