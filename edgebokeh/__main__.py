"""`python -m edgebokeh` is the same as `edgebokeh`."""

from edgebokeh.cli import main

main()
