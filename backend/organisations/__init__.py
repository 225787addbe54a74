"""Committees, companies, institutions and public bodies, and who acts for them."""
