"""The pages of Twinfund."""
