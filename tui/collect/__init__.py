"""The scheduler, offloading of blocking calls, and the store of the latest snapshots."""
