"""The measurements that the README and the book quote: `course bench NAME` prints each as a table or as JSON."""

from course_utils.bench.bits import bits
from course_utils.bench.conformance.table import conformance_table
from course_utils.bench.conversion import convert
from course_utils.bench.demos import demos
from course_utils.bench.gestures import gestures
from course_utils.bench.grading import grading
from course_utils.bench.light_core import core
from course_utils.bench.models import models
from course_utils.bench.pages import lighthouse
from course_utils.bench.runtimes import runtimes
from course_utils.bench.toxicity import toxicity

__all__ = [
    "bits",
    "conformance_table",
    "convert",
    "core",
    "demos",
    "gestures",
    "grading",
    "lighthouse",
    "models",
    "runtimes",
    "toxicity",
]
