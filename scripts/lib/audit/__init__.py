"""Audits of evaluation logs that anybody wrote: from a log to a study of it."""
