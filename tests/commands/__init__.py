"""The commands, against the sandbox and against everything that can be wrong before it."""
