"""The command line, one module per group of commands. `manage.py` collects them.

A module has `register(commands)` that adds its parsers; each sets `run`, a function from the parsed
arguments to the exit status (contract: 0 done, 1 done but something refused, 2 could not start).
"""
