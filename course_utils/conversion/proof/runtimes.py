"""Run converted models in their real runtimes: TensorFlow.js under Node, LiteRT, ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence

from course_utils.conversion.proof.jobs import BACKENDS, JOB_SECONDS, Job, Result

__all__ = ["BACKENDS", "Job", "Result", "run"]


def run(jobs: Sequence[Job], *, job_seconds: float = JOB_SECONDS) -> list[Result]:
    """The results of the jobs, in their order. What went wrong with one is in its `error`; the rest stands.

    Args:
        jobs: of any formats; those of TensorFlow.js share one Node process.
        job_seconds: longest time for one job of TensorFlow.js to get no further.

    Raises:
        CourseError: the runtime itself is not there and could not be installed.
    """
    results: dict[int, Result] = {}
    tfjs = [index for index, job in enumerate(jobs) if job.to.startswith("tfjs")]
    if tfjs:
        from course_utils.conversion.proof import tensorflow_js

        ran = tensorflow_js.run([jobs[index] for index in tfjs], job_seconds=job_seconds)
        results.update(zip(tfjs, ran, strict=True))
    for index in set(range(len(jobs))) - set(tfjs):
        from course_utils.conversion.proof import local

        results[index] = local.run(jobs[index])
    return [results[index] for index in range(len(jobs))]
