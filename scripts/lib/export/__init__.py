"""Tables as people print them: Markdown and LaTeX."""
