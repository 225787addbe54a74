"""Plain forms: what people type, checked and turned into words of the domain."""
