"""Cost guarantees: the insurer is asked to take over the costs of a treatment, and answers."""
