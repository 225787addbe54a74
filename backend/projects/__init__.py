"""What two cities do together, and what it takes."""
