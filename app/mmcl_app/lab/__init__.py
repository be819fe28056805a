"""The Lab page in parts: its settings, what they do to the cosines, and how that is said."""
