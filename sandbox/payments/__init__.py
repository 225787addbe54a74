"""How money moves in the sandbox: cards, attempts, settling, failing, balances."""
