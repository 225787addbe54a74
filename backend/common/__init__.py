"""At most what three apps need. No models, no rules of the domain."""
