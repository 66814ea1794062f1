"""The checks of week 4: a pretrained network used rightly, its features, boxes, and a threshold for a cost."""

from course_utils.checks.week4 import boxes, costs, features, naming

CHECKS = (*naming.CHECKS, *features.CHECKS, *boxes.CHECKS, *costs.CHECKS)
