"""The checks of week 6: models looked into, converted, mended and quantised, and the proof that two runtimes agree."""

from course_utils.checks.week6 import agreement, browser, elsewhere, rounding, saved

CHECKS = (*saved.CHECKS, *browser.CHECKS, *rounding.CHECKS, *elsewhere.CHECKS, *agreement.CHECKS)
