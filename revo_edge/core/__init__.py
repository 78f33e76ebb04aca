"""Pure decisions: `(event, now) -> actions`. No sockets, threads, processes, files or clock."""
