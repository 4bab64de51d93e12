"""Banned wording: exact phrases, what around them makes them another thing, what they cost."""
