"""The book: double entry, written once, chained by hashes and open to everybody."""
