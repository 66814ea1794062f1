"""The reference converter: the last release of tensorflowjs, in an environment of its own that is made on demand.

It cannot be installed beside today's TensorFlow or on Python 3.13, so it shares nothing with the environment that
calls it but files. The course's own writers need none of this; it is here to be compared with, and for
`course convert --engine tensorflowjs`.
"""

from course_utils.conversion.reference.conversion import Task, convert_all, convert_with_reference
from course_utils.conversion.reference.isolation import environment

__all__ = ["Task", "convert_all", "convert_with_reference", "environment"]
