"""Mutated deliveries: valid ones of each scheme, with one or two changes."""
