"""The engine on the command line: a command for each thing an analyst does, from a loan book to a watched model.

Commands are thin: they parse, call the engine, and say what came out. A module holds a family of commands, and is
imported when one of them is asked for, so that scoring one person loads nothing heavy.
"""
