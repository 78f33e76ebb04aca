"""Who may do what: one table, asked in front of every method."""

from revo_edge.contract.kinds import Role
from revo_edge.errors import Forbidden

_ORDER = (Role.VIEWER, Role.AGENT, Role.OPERATOR, Role.ADMIN)

LEAST_ROLE: dict[str, Role] = {
    "hello": Role.VIEWER,
    "health": Role.VIEWER,
    "state.get": Role.VIEWER,
    "events.since": Role.VIEWER,
    "blob.put": Role.OPERATOR,
    "task.submit": Role.OPERATOR,
    "task.batch": Role.OPERATOR,
    "task.get": Role.VIEWER,
    "task.list": Role.VIEWER,
    "task.wait": Role.VIEWER,
    "task.outlook": Role.VIEWER,
    "task.result": Role.OPERATOR,
    "task.cancel": Role.OPERATOR,
    "task.retry": Role.OPERATOR,
    "task.hold": Role.OPERATOR,
    "task.release": Role.OPERATOR,
    "task.priority": Role.OPERATOR,
    "task.move": Role.OPERATOR,
    "task.remove": Role.OPERATOR,
    "group.list": Role.VIEWER,
    "group.cancel": Role.OPERATOR,
    "group.hold": Role.OPERATOR,
    "group.release": Role.OPERATOR,
    "queue.pause": Role.OPERATOR,
    "queue.resume": Role.OPERATOR,
    "worker.list": Role.VIEWER,
    "worker.scale": Role.ADMIN,
    "worker.restart": Role.ADMIN,
    "engine.list": Role.VIEWER,
    "metrics.get": Role.VIEWER,
    "metrics.history": Role.VIEWER,
    "alert.list": Role.VIEWER,
    "template.list": Role.VIEWER,
    "template.get": Role.VIEWER,
    "log.read": Role.OPERATOR,
    "config.get": Role.ADMIN,
    "daemon.stop": Role.ADMIN,
    "recall.search": Role.AGENT,
    "recall.get": Role.AGENT,
    "recall.list": Role.AGENT,
    "recall.related": Role.AGENT,
    "recall.context": Role.AGENT,
    "recall.stats": Role.VIEWER,
    "recall.store": Role.AGENT,
    "recall.update": Role.OPERATOR,
    "recall.forget": Role.OPERATOR,
    "recall.watch": Role.OPERATOR,
}


def allows(role: Role, least: Role) -> bool:
    """Tell whether `role` includes `least`; an unknown role includes nothing."""
    return role in _ORDER and _ORDER.index(role) >= _ORDER.index(least)


def check(method: str, role: Role) -> None:
    """Raise Forbidden when the role is too low for the method."""
    least = LEAST_ROLE.get(method, Role.ADMIN)
    if not allows(role, least):
        raise Forbidden(
            f"{method} needs the role {least.value}, and you have {role.value}. "
            "Ask the owner of this daemon."
        )
