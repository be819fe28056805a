"""A page in front of a class: large and quiet, with controls hidden or locked by its address."""
