"""The checks of week 5: a network cut and given a new head, strangers, five gestures, and samples that fit memory."""

from course_utils.checks.week5 import cutting, heads, people, samples

CHECKS = (
    *cutting.CHECKS,
    people.SPLIT_CHECK,
    heads.THREE_CHECK,
    people.STRANGERS_CHECK,
    heads.FIVE_CHECK,
    *samples.CHECKS,
)
