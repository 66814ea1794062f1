"""The checks of week 2: a table from a CSV file, honest splits, a model that says how sure it is, and its judges."""

from course_utils.checks.week2 import diagnosis, measures, tables

CHECKS = (*tables.CHECKS, *diagnosis.CHECKS, *measures.CHECKS)
