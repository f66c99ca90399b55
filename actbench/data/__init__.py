"""Data sets: where the bytes come from, arrays, task, split and digest."""
