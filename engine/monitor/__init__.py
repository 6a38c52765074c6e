"""Is the model still true, fair and better than the next one? Figures for an analyst, each with what chance would show.

`moved` explains one person's change and needs no numpy; the rest works on whole books.
"""
