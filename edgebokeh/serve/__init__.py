"""`edgebokeh serve`: a page to look at and an HTTP interface, on one's own machine."""
