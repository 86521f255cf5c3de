"""Where published values are from: which of the ORIGINS in scripts.lib.tables are of which sort."""

PUBLISHED = ("log", "table", "text")
"""Published as a number."""
READ_OFF = ("vector", "digitised")
"""Published in a figure, and read off it."""
