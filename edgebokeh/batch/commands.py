"""`edgebokeh blur`, `mask`, `cutout` and `watch`."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from edgebokeh import opened
from edgebokeh.batch import options
from edgebokeh.batch.options import Files, Matte, Style
from edgebokeh.console import complain, say
from edgebokeh.errors import ContradictionError, EdgeBokehError, PhotoMissingError
from edgebokeh.option_groups import Networks, PhotoFiles
from edgebokeh.options import local

if TYPE_CHECKING:
    from edgebokeh.batch.outcome import Outcome
    from edgebokeh.batch.plan import Plan
    from edgebokeh.batch.report import Tally
    from edgebokeh.batch.settings import BatchSettings
    from edgebokeh.look import Look
    from edgebokeh.pipeline import Bokeh
    from edgebokeh.places import Place
    from edgebokeh.results import Task


def blur(
    photos: options.Photos,
    files: Files,
    networks: Networks,
    photo_files: PhotoFiles,
    matte: Matte,
    style: Style,
    dry_run: options.DryRun = False,
    cluster: options.OnCluster = None,
) -> None:
    """Blur the background of photos, or of all photos in folders.

    Without -o the result lies beside the photo as NAME.bokeh.EXT (NAME.compare.EXT).
    """
    _Command("blur", files, networks, photo_files, _blur_look(networks, matte, style), cluster).run(
        photos, dry_run, _read_by(style)
    )


def mask(
    photos: options.Photos,
    files: Files,
    networks: Networks,
    photo_files: PhotoFiles,
    matte: Matte,
    dry_run: options.DryRun = False,
    cluster: options.OnCluster = None,
) -> None:
    """Write where the subject is, as an 8-bit grey picture: white is subject. Without -o: NAME.mask.png."""
    _Command("mask", files, networks, photo_files, options.look(matte), cluster).run(photos, dry_run)


def cutout(
    photos: options.Photos,
    files: Files,
    networks: Networks,
    photo_files: PhotoFiles,
    matte: Matte,
    dry_run: options.DryRun = False,
    cluster: options.OnCluster = None,
) -> None:
    """Write the subject on a transparent background. Without -o: NAME.cutout.png."""
    _Command("cutout", files, networks, photo_files, options.look(matte), cluster).run(photos, dry_run)


def watch(
    folders: options.Folders,
    files: Files,
    networks: Networks,
    photo_files: PhotoFiles,
    matte: Matte,
    style: Style,
    task: options.WatchTask = "blur",
    settle: options.Settle = 2.0,
) -> None:
    """Do the same with photos as they arrive in folders, until it is stopped with Ctrl-C; needs the extra "watch"."""
    if files.output in (None, "-"):
        raise typer.BadParameter("name the folder for the results with -o")
    if task != "blur" and style != Style():
        raise ContradictionError(f"--task {task} has no background to style", "leave --style and its options out")
    if missing := next((folder for folder in folders if not folder.is_dir()), None):
        raise PhotoMissingError(f"{missing} is no folder", "check the spelling")
    wanted = _blur_look(networks, matte, style) if task == "blur" else options.look(matte)
    _Command(task, files, networks, photo_files, wanted).watch(folders, settle)


def _blur_look(networks: Networks, matte: Matte, style: Style) -> "Look":
    wanted = options.look(matte, style)
    if style.classic and networks.gate:
        raise ContradictionError("--classic and --gate exclude each other", "leave one of them out")
    return wanted


def _read_by(style: Style) -> list[Path]:
    return [style.image] if style.image else []


class _Command(NamedTuple):
    """What is asked for."""

    task: "Task"
    files: Files
    networks: Networks
    photo_files: PhotoFiles
    look: "Look"
    on_cluster: str | None = None

    def run(self, photos: Sequence[str], dry_run: bool, reads: Sequence[Path] = ()) -> None:
        """Works through the photos, says what became of them, and exits with the code for that."""
        from edgebokeh.batch import journal, plan, run, search

        settings = options.settings(self.files, self.photo_files)
        cluster = options.cluster(self.on_cluster, self.networks)
        output = None if self.files.output is None else _place(self.files.output)
        planned = plan.plan([_place(photo) for photo in photos], output, self.task, self.look, settings, reads=reads)
        if cluster:
            # Imported here because hardly any run needs it.
            from edgebokeh.batch.cluster import driver

            driver.check(planned.jobs)
        streamed = any(job.target == search.STREAM for job in planned.jobs)
        if streamed:
            _check_stream(self.files.as_json)
        bokeh = self._opened(len(planned.jobs), settings)
        told = opened.tell(bokeh.verdict)
        if dry_run:
            self._rehearse(bokeh, planned, settings)
            return
        if planned.folder is None:
            outcomes = run.run(bokeh, planned, self.task, self.look, settings, cluster=cluster)
            tally = self._one_by_one(bokeh, outcomes, streamed=streamed, told=told)
        else:
            with journal.opened(planned.folder) as log:
                outcomes = run.run(bokeh, planned, self.task, self.look, settings, log, cluster=cluster)
                tally = self._together(planned, outcomes, told)
        if code := tally.code(len(planned.jobs) + len(planned.closed)):
            raise typer.Exit(code)

    def watch(self, folders: Sequence[Path], settle: float) -> None:
        """Works through the photos that are there and arrive; only an error or a signal ends it."""
        from edgebokeh.batch import journal, run
        from edgebokeh.batch.watch import arriving

        settings = options.settings(self.files, self.photo_files)
        output = Path(local(self.files.output or ""))
        plans = arriving(folders, output, self.task, self.look, settings, settle)
        bokeh = self._opened(2, settings)
        opened.tell(bokeh.verdict)
        with journal.opened(output) as log:
            for planned in plans:
                if isinstance(planned, EdgeBokehError):
                    complain(planned)
                    continue
                outcomes = run.run(bokeh, planned, self.task, self.look, settings, log, refuse=False)
                self._one_by_one(bokeh, outcomes, told=bokeh.verdict.note)

    def _opened(self, photos: int, settings: "BatchSettings") -> "Bokeh":
        """The networks, with as many threads for a photo as others at work leave."""
        from edgebokeh import threads

        wish, cores = self.networks, threads.available()
        if self.on_cluster:
            # Only what the networks are matters here; the workers run them where they should be.
            wish = wish._replace(threads=wish.threads or 1, provider=["cpu"] if wish.provider else None)
            wish = wish._replace(provider_option=None)
        elif photos > 1 and wish.threads is None:
            wish = wish._replace(threads=max(1, cores // min(photos, settings.jobs or cores)))
        return opened.load(wish, self.look.quality)

    def _rehearse(self, bokeh: "Bokeh", planned: "Plan", settings: "BatchSettings") -> None:
        from edgebokeh.batch import journal, report, run
        from edgebokeh.batch.outcome import Outcome
        from edgebokeh.batch.plan import Job
        from edgebokeh.batch.standing import standings

        mark = run.fingerprint(bokeh, self.task, self.look, settings)
        found = standings(planned, journal.read(planned.folder) if planned.folder else {}, mark)
        told = ["forced" if self.files.force and one in ("done", "taken") else one for one in found]
        for job, one in zip(planned.jobs, told, strict=True):
            say(report.planned(job, one, as_json=self.files.as_json))
        for folder, problem in planned.closed:
            complain(problem)
            if self.files.as_json:
                say(report.row(Outcome(Job(folder, folder), error=problem)))
        if not self.files.as_json:
            say(report.totals(told, planned))
        if code := report.foreseen(told, planned):
            raise typer.Exit(code)

    def _one_by_one(
        self, bokeh: "Bokeh", outcomes: Iterable["Outcome"], *, streamed: bool = False, told: str = ""
    ) -> "Tally":
        """A line for each photo."""
        from edgebokeh.batch import report

        tally = report.Tally()
        for outcome in outcomes:
            told = opened.tell(bokeh.verdict, told)
            tally.add(outcome)
            if outcome.error:
                complain(outcome.error)
            self._warn(outcome)
            if self.files.as_json:
                say(report.row(outcome))
            elif outcome.result and not self.files.quiet:
                say(report.line(outcome), err=streamed)
        return tally

    def _together(self, planned: "Plan", outcomes: Iterable["Outcome"], told: str) -> "Tally":
        """Progress and warnings, and at the end the failures and one line for all; with --json a row for each.

        told: what was said of the provider; the machines of a cluster may have something else to say.
        """
        from edgebokeh.batch import progress, report

        tally, total = report.Tally(), len(planned.jobs) + len(planned.closed)
        try:
            with progress.shown(tally, total, quiet=self.files.quiet) as show:
                for outcome in outcomes:
                    tally.add(outcome)
                    show()
                    told = self._ran(outcome, told)
                    if not self.files.quiet:
                        self._warn(outcome)
                    if self.files.as_json:
                        say(report.row(outcome))
        finally:
            for text in report.failures(tally.failures):
                say(text, err=True)
            if tally.counted and (self.files.as_json or not self.files.quiet):
                say(report.summary(tally, planned.passed_over, as_json=self.files.as_json))
        return tally

    def _ran(self, outcome: "Outcome", told: str) -> str:
        from edgebokeh.sessions import Verdict

        done = outcome.result
        if done is None or not self.on_cluster:
            return told
        return opened.tell(Verdict(done.provider, fallback=done.fallback, note=done.provider_note), told)

    def _warn(self, outcome: "Outcome") -> None:
        """Says what is not as one would expect of a photo that was done."""
        from edgebokeh.batch import report

        if outcome.result and not outcome.result.person:
            say(f"edgebokeh: warning: {report.no_person(outcome.job.source, self.task, self.look)}", err=True)
        for note in outcome.result.notes if outcome.result else ():
            say(f"edgebokeh: warning: {outcome.job.source}: {note}", err=True)


def _place(text: str) -> "Place":
    """The path or URL that a user means; only "-" itself is a stream.

    Raises typer.BadParameter for an empty one, StoreUnknownError.
    """
    if not text:
        raise typer.BadParameter("a file name is empty")
    from edgebokeh import places

    place = places.place(text)
    return Path.cwd() / "-" if place == Path("-") and text != "-" else place


def _check_stream(as_json: bool) -> None:
    """Raises typer.BadParameter where standard output is no place for a picture."""
    if as_json:
        raise typer.BadParameter("--json and the picture cannot both go to standard output; name a file with -o")
    if sys.stdout is not None and sys.stdout.isatty():
        raise typer.BadParameter("a picture is not for the terminal; redirect it, or name a file with -o")
