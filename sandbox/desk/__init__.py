"""The operator's desk: what happened, in tables, and forms that make it happen."""
