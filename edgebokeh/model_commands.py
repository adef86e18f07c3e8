"""`edgebokeh models`: which there are, what is known of one, and copies that describe themselves."""

import typer

from edgebokeh import options
from edgebokeh.console import say
from edgebokeh.option_groups import Description, grouped

app = typer.Typer()


@app.callback(invoke_without_command=True)
def listed(context: typer.Context, as_json: options.Json = False) -> None:
    """List the models at hand: what for, input, licence, where they lie."""
    if context.invoked_subcommand is None:
        from edgebokeh import engine, report

        for info in engine.models():
            for text in report.model(info, as_json=as_json):
                say(text)


@app.command()
def show(model: options.ModelName, as_json: options.Json = False) -> None:
    """Show all that is known of a model: description, licence, size, hash, and what it lost if it was reduced."""
    from edgebokeh import model_files, report

    for text in report.details(model_files.model(model), as_json=as_json):
        say(text)


@app.command()
@grouped
def stamp(
    model: options.ModelName,
    output: options.Copy,
    *,
    description: Description,
    force: options.Force = False,
) -> None:
    """Write a copy of a model that describes itself, as the options say; what they leave open is seen in the file."""
    asked = description.asked()
    from edgebokeh import model_files

    _, guesses = model_files.stamped(model, output, asked, force=force)
    if guesses:
        say(f"edgebokeh: guessed, and written into {output}: {guesses}", err=True)
    say(f"{output} is written; look at it with: edgebokeh models show {output}")
