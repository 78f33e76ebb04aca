"""`revo recall`: the memory."""

import click

from revo_edge.cli import recall_read, recall_tasks, recall_write
from revo_edge.cli.group import Group


@click.group(cls=Group)
def recall() -> None:
    """Remember, find, correct and forget: notes, code, conversations, documents.

    Everything stays on this machine. Items live in namespaces, which never mix; each correction
    keeps the version before it.
    """


for _command in (
    recall_write.put,
    recall_read.search,
    recall_read.context,
    recall_read.get,
    recall_read.ls,
    recall_read.related,
    recall_write.update,
    recall_write.forget,
    recall_tasks.ingest,
    recall_tasks.watch,
    recall_tasks.export,
    recall_tasks.import_command,
    recall_tasks.model,
    recall_tasks.optimize,
    recall_read.stats,
):
    recall.add_command(_command)
