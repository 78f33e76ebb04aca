"""The shell: sockets, threads and the one loop that carries out what `core` decides."""
