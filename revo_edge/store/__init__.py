"""What survives: the journal (revo.db) and the spool of large payloads."""
