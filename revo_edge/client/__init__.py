"""The other end of the protocol: a blocking client, a gap-free mirror, a launcher."""
