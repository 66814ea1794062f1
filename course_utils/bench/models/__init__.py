"""How good the course's models are, each on data that it has not learned from."""

from course_utils.bench.models.table import models

__all__ = ["models"]
