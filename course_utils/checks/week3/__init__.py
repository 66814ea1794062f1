"""The checks of week 3: a convolution by hand, a network within budgets, a stream of pictures, and a leak."""

from course_utils.checks.week3 import convolution, leak, network, pictures

CHECKS = (*convolution.CHECKS, *network.CHECKS, *pictures.CHECKS, *leak.CHECKS)
