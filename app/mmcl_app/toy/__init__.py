"""The toy world of the Lab: up to three penalties train side by side, and a stage plays it."""
