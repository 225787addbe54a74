"""Promises of money to projects, and what becomes of them."""
