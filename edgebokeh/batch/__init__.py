"""Photos in and out: one, several, or whole folders."""
