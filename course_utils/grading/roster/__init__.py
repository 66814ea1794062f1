"""Who is in the class: read from a table of the university's or the learning platform's, kept in the gradebook."""

from course_utils.grading.roster.keeping import Change, Person, left_class, people, show, take

__all__ = ["Change", "Person", "left_class", "people", "show", "take"]
