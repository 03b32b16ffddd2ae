"""The commands. Each loads, does, renders and writes; the rest is elsewhere."""
