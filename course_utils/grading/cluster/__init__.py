"""Grading past one machine: the runs of the notebooks are spread over a Dask cluster, all else stays where it is.

The machine that runs `course grade` reads the submissions, judges, and alone writes the gradebook. What travels is a
`jobs.Job` to a worker, and an `Outcome` back, which the worker's trusted side made: plain data both. The scheduler and
the workers are trusted as the instructor's own machine is; students' code runs in the workers' sandboxes.
"""

from course_utils.grading.cluster.runner import ClusterRunner

__all__ = ["ClusterRunner"]
