"""How a lower app tells higher apps that something happened."""
