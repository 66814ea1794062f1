"""Running a job and judging it."""
