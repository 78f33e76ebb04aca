"""The processes as the loop sees them: what may happen twice in one turn."""

import zmq

from revo_edge.contract.kinds import Lane
from revo_edge.daemon.background import Background, Inbox
from revo_edge.daemon.processes import Process, Processes
from revo_edge.paths import Paths, private_dir
from revo_edge.pool.lifeline import Lifeline
from revo_edge.pool.supervisor import Supervisor
from tests.harness import WaitFor


def test_a_sentinel_that_shows_after_its_worker_was_killed_is_old_news(
    home: Paths, wait_for: WaitFor
) -> None:
    private_dir(home.sockets)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    inbox, lifeline, poller = Inbox(context), Lifeline(), zmq.Poller()
    supervisor = Supervisor(home.home, f"ipc://{home.sockets}/p", lifeline)
    starter = Background("starter", inbox)
    processes = Processes(supervisor, starter, poller)
    started: list[Process] = []
    lost: list[Process] = []
    processes.on_started = started.append
    processes.on_lost = lambda process, _words: lost.append(process)

    def turn() -> None:
        for callback in inbox.ready():
            callback()

    def after_a_turn(found: list[Process]) -> list[Process]:
        turn()
        return found

    try:
        processes.start("w1", Lane.ELASTIC)
        (worker,) = wait_for(lambda: after_a_turn(started))
        sentinel = worker.started.sentinel
        assert (sentinel, zmq.POLLIN) in poller.sockets
        processes.kill("w1")
        processes.ended(sentinel, 1.0)  # the poll had seen it in the same turn
        assert wait_for(lambda: after_a_turn(lost)) == [worker]
        assert (sentinel, zmq.POLLIN) not in poller.sockets
        assert list(processes) == []
    finally:
        starter.stop(5.0)
        supervisor.close()
        lifeline.close()
        inbox.close()
        context.term()
