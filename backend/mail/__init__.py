"""Mail to people: written in the transaction that causes it, sent by a job afterwards."""
