"""`edgebokeh evaluate`."""

from edgebokeh import opened, options
from edgebokeh.console import say
from edgebokeh.errors import OutputExistsError
from edgebokeh.option_groups import Networks


def evaluate(
    images: options.Images,
    masks: options.Masks,
    networks: Networks,
    sheet: options.Sheet = None,
    quality: options.Quality = None,
    subject: options.Subject = None,
    force: options.Force = False,
    as_json: options.Json = False,
) -> None:
    """Measure a model and a quality on your own labelled photos: IoU, boundary IoU, mean absolute error."""
    from edgebokeh import evaluate as evaluation
    from edgebokeh import files, report
    from edgebokeh.formats import encode, output_format
    from edgebokeh.images import Photo
    from edgebokeh.look import Look

    if sheet:
        output_format(sheet.suffix)
        files.check_target(sheet, force=force)
    look = Look(quality=quality, subject=subject)
    pairs = evaluation.pairs(images, masks)
    if sheet and files.real(sheet) in {files.real(path) for pair in pairs for path in pair}:
        raise OutputExistsError(f"{sheet} is one of the pictures to read", "name another file with --sheet")
    bokeh = opened.load(networks, quality)
    told = opened.tell(bokeh.verdict)
    scores = []
    for score in evaluation.evaluate(bokeh, pairs, look):
        scores.append(score)
        say(report.score(score, as_json=as_json))
    opened.tell(bokeh.verdict, told)
    say(report.scores(evaluation.summary(scores) | evaluation.ran(bokeh, look), as_json=as_json))
    if sheet:
        picture = encode(Photo(evaluation.sheet(bokeh, pairs, scores, look)), sheet.suffix)
        files.write(picture, sheet, force=force)
