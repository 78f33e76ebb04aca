"""JUnit XML of a test run, with the names that pytest gives."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from revo_edge.engines.parallel.shards import Outcome

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = {"failed": "failure", "error": "error", "skipped": "skipped", "xfailed": "skipped"}


def junit_xml(outcomes: Sequence[Outcome], duration_s: float) -> str:
    """Return one test suite; characters that XML cannot hold are written as #xNN."""
    tags = [_TAGS.get(outcome.outcome, "") for outcome in outcomes]
    counts = " ".join(
        f'{name}="{tags.count(tag)}"'
        for name, tag in (("errors", "error"), ("failures", "failure"), ("skipped", "skipped"))
    )
    head = f'<testsuite name="pytest" {counts} tests="{len(outcomes)}" time="{duration_s:.3f}">'
    cases = "\n".join(map(_case, outcomes))
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n{head}\n{cases}\n'
        "</testsuite>\n</testsuites>\n"
    )


def address(node_id: str) -> tuple[str, str]:
    """Return (classname, name) as pytest's own JUnit report has them."""
    path, bracket, params = node_id.partition("[")
    names = path.split("::")
    names[0] = re.sub(r"\.py$", "", names[0].replace("/", "."))
    names[-1] += bracket + params
    return ".".join(names[:-1]), names[-1]


def _case(outcome: Outcome) -> str:
    classname, name = map(_clean, address(outcome.id))
    head = f"<testcase classname={quoteattr(classname)} name={quoteattr(name)}"
    head += f' time="{outcome.duration_s:.3f}"'
    tag = _TAGS.get(outcome.outcome)
    if tag is None:
        return f"{head}/>"
    text = _clean(outcome.text)
    last = text.rstrip().rpartition("\n")[2][:300]
    return f"{head}><{tag} message={quoteattr(last)}>{escape(text)}</{tag}></testcase>"


def _clean(text: str) -> str:
    return _NOT_XML.sub(lambda found: f"#x{ord(found.group()):02X}", text)
