"""Connect: accounts of their own, how they become ready, and what flows between them."""
