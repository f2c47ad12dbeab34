"""The embedded demo stack: an AWS endpoint, a real PostgreSQL, a workload."""
