class UserError(Exception):
    """Something the user can mend; its text names the file, row or key and what to do.

    Programs print the text without a traceback and exit with `exit_status`.
    """

    exit_status = 1
