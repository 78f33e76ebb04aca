"""Writing a report to disk: JSON, Markdown, a page to open in a browser, SARIF for code hosts."""

from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.report_html import render_html
from revo_edge.engines.parallel.report_markdown import render_markdown
from revo_edge.engines.parallel.report_sarif import render_sarif


def write_reports(report: Report, out_dir: str) -> dict[str, str]:
    """Write report.json, .md, .html and .sarif into `out_dir`; return format -> path.

    The folder is made when it is missing. Each file is whole or not there: it is written under
    another name and renamed. Raises OSError (no space, not writable).
    """
    contents = {
        "json": msgspec.json.encode(report) + b"\n",
        "md": render_markdown(report).encode(),
        "html": render_html(report).encode(),
        "sarif": render_sarif(report),
    }
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {suffix: folder / f"report.{suffix}" for suffix in contents}
    for suffix, path in paths.items():
        write_whole(path, contents[suffix])
    return {suffix: str(path) for suffix, path in paths.items()}


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is whole or not there. Raises OSError."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(content)
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
