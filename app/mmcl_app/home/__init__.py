"""Taking a scene home: as a script, a notebook, a table, a figure."""
