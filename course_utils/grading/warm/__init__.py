"""Processes that begin with everything imported: forked from a parent that has imported TensorFlow and run nothing.

`WarmParent` is used in the trusted process. What it starts is `server`, the warm parent itself, which holds the
imports; for every child a `keeper`, which confines and watches it; and inside the confinement a small `first` process
and the student's own.
"""

from course_utils.grading.warm.parent import Child, Exit, WarmParent

__all__ = ["Child", "Exit", "WarmParent"]
