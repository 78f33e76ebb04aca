"""Rows of a benchmark: what was measured beside its peer, its budget and the verdict."""

import os
import platform
from collections.abc import Sequence

import msgspec
import zmq

FIELDS = ("measured", "peer", "ratio", "budget", "verdict")


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measurement; `unit` is of measured and peer. `caveat` says what to keep in mind."""

    what: str
    measured: float
    unit: str
    budget: str
    ok: bool
    peer: float | None = None
    peer_name: str = ""
    caveat: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the peer was measured."""
        return self.measured / self.peer if self.peer else None


class Table(msgspec.Struct, frozen=True):
    """All rows of one run and the machine it ran on; `load_1m` as the run began and ended."""

    name: str
    machine: str
    load_1m: tuple[float, float]
    rows: tuple[Row, ...]


def load_1m() -> float:
    """Return the machine's load over the last minute."""
    return os.getloadavg()[0]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def show(name: str, rows: Sequence[Row], load_before: float, *, as_json: bool) -> int:
    """Print the table; return 1 when a row missed its budget."""
    machine = (
        f"{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}, "
        f"pyzmq {zmq.pyzmq_version()}, libzmq {zmq.zmq_version()}"
    )
    table = Table(name, machine, (load_before, load_1m()), tuple(rows))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(table)).decode())
    else:
        print_table(table)
    return int(not all(row.ok for row in rows))


def print_table(table: Table) -> None:
    """Print the rows as a table for a terminal, then what to keep in mind."""
    before, after = table.load_1m
    print(f"{table.name}: {table.machine}; load before {before:.2f}, after {after:.2f}")
    print(f"{'':44}" + "".join(f"{field:>16}" for field in FIELDS))
    for row in table.rows:
        peer = f"{row.peer:,.2f}" if row.peer is not None else "-"
        ratio = f"{row.ratio:.2f}x" if row.ratio is not None else "-"
        cells = (f"{row.measured:,.2f} {row.unit}", peer, ratio, row.budget, verdict(row))
        print(f"{row.what:44}" + "".join(f"{cell:>16}" for cell in cells))
    for row in table.rows:
        peer = f"peer: {row.peer_name}. " if row.peer_name else ""
        if peer or row.caveat:
            print(f"  {row.what}: {peer}{row.caveat}")


def verdict(row: Row) -> str:
    """Return in a word whether the row kept its budget."""
    return "ok" if row.ok else "OVER BUDGET"
