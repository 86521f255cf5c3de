"""Where results come from: a record beside each of them, and how it is read."""
