"""What running in the page costs: bytes, seconds and memory of the demos, beside a plain port of one."""

from course_utils.bench.demos.table import demos

__all__ = ["demos"]
