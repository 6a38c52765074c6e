"""What analysts call from Python, behind the names of `engine`; the commands of `engine.cli` call the same.

Everything here may load numpy and Arrow; `import engine` alone loads none of it.
"""
