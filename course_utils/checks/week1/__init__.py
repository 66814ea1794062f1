"""The checks of week 1: one neuron in Keras, gradient descent in NumPy, a noisy spring, and its units."""

from course_utils.checks.week1 import descent, neuron, spring

CHECKS = (*neuron.CHECKS, *descent.CHECKS, *spring.CHECKS)
