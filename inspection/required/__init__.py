"""Required phrases: what is owed, when, and whether "not said" may be "not heard"; the order of a script."""
