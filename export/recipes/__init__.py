"""One file per model of ours: it holds `COMMANDS`, name to the function that Typer turns into a command.

Recipes are imported for `--help`, so they import heavy libraries inside their functions.
"""
