"""Lessons: guided walks over the pages, written as data files."""
