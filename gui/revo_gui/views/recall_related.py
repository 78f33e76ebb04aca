"""What is like an item, asked once somebody looks."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from revo_edge.contract.recall import SearchReply
from revo_gui.models.recall_list import HitModel
from revo_gui.models.text import visible
from revo_gui.views.drawer_parts import fill
from revo_gui.views.labels import plain_label
from revo_gui.views.page import Parts
from revo_gui.views.recall_list import HitList

_HITS = 12


class RelatedTab(QWidget):
    """The items most like one."""

    picked = Signal(object)
    """An Item that shall be shown."""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._item_id = ""
        self.model = HitModel(self)
        self.list = HitList(self.model, parts.theme, "Related items", self)
        self.message = plain_label(tone="muted", wrap=True)
        layout = fill(self, self.message, self.list)
        layout.setStretch(1, 1)
        self.list.picked.connect(self._pick)

    def load(self, item_id: str) -> None:
        """Look for what is like an item."""
        if item_id != self._item_id:
            self._item_id = item_id
            self.model.show_hits(())
            self._say("Looking")
        self._parts.link.ask(
            self,
            lambda client: client.recall.related(item_id, k=_HITS),
            lambda reply: self._show(item_id, reply),
            lambda error: self._say(visible(error.msg)),
        )

    def _show(self, item_id: str, reply: SearchReply) -> None:
        if item_id == self._item_id:
            self.model.show_hits(reply.hits)
            self._say("" if reply.hits else "Nothing is like it")

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _pick(self) -> None:
        if (item := self.list.item) is not None:
            self.picked.emit(item)
