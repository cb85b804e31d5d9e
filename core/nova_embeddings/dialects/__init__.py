"""How a provider spells a request and a reply."""
