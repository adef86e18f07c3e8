"""Tables as text: for a terminal, for Markdown, and within a page of the documentation."""

from collections.abc import Sequence
from pathlib import Path

Lines = Sequence[Sequence[str]]
"""Head and lines of a table, cell by cell."""


def fixed_width(lines: Lines) -> str:
    """The table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def markdown(lines: Lines) -> str:
    """The table for the documentation."""
    head, *rest = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([head, "|---" * len(lines[0]) + "|", *rest])


def put(page: Path, name: str, text: str) -> None:
    """Replaces what stands between `<!-- name -->` and `<!-- /name -->` in a page.

    Raises ValueError where the page does not have each of them once, in this order.
    """
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    whole = page.read_text("utf-8")
    before, found, rest = whole.partition(opening)
    _, ended, after = rest.partition(closing)
    if not (found and ended) or opening in after or closing in after:
        raise ValueError(f"{page} does not have one {opening} and one {closing} after it")
    page.write_text(f"{before}{opening}\n{text.strip()}\n{closing}{after}", "utf-8")
