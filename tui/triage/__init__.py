"""From a breach to its cause, its fix and the record of it."""
