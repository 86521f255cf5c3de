"""Samples that other people recorded, read into Trace and Problem tables: a module a format."""
