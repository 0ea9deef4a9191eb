"""What the insurer's core system sends: claim numbers, decisions, benefit statements; each once, by its own id."""
