"""`edgebokeh bench`: configurations measured in interleaved rounds, each in its own process, and what came of it."""
