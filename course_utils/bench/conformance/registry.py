"""All cases of the conformance table."""

from __future__ import annotations

from course_utils.bench.conformance.case import Case


def cases() -> tuple[Case, ...]:
    """Every layer, then whole architectures, in the order of the table."""
    from course_utils.bench.conformance.architectures import ARCHITECTURES
    from course_utils.bench.conformance.layers import CASES

    return (*CASES, *ARCHITECTURES)
