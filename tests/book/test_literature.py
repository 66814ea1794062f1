"""The bibliography's labels are the words by which the text cites."""

from __future__ import annotations

from pybtex.database import parse_string

from course_utils.book.literature import AuthorYearLabels

ENTRIES = """
@article{one, author = {Kingma, Diederik and Ba, Jimmy}, title = {Adam}, year = {2015}}
@article{two, author = {van der Walt, Jan and Harris, C. and Millman, K.}, title = {Arrays}, year = {2020}}
@article{three, author = {Polyak, Boris}, title = {Heavy ball}, year = {1964}}
@article{four, author = {Polyak, Boris}, title = {Another}, year = {1964}}
@misc{five, author = {{Project Jupyter}}, title = {Undated}}
"""


def test_a_label_names_authors_and_year_and_letters_tell_twins_apart() -> None:
    entries = parse_string(ENTRIES, "bibtex").entries.values()
    assert list(AuthorYearLabels().format_labels(entries)) == [
        "Kingma and Ba, 2015",
        "van der Walt et al., 2020",
        "Polyak, 1964a",
        "Polyak, 1964b",
        "Project Jupyter, no date",
    ]
