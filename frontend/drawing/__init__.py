"""Drawings made on the server: maps, bars, pictures, codes."""
