"""Game days: an incident found, explained, fixed by keys alone, closed, recorded, on a sandbox at speed."""
