"""Game days: an incident found, explained, fixed by keys alone, closed and recorded, on a sandbox at speed."""
