"""Search against a verifier: candidates, what goes on, and what it cost."""
