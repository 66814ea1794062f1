"""Run a notebook of a student's in a confined process, and judge outside of it what it handed in.

`conductor.conduct(job, parent)` has the cells run and writes down what came of them; `verdicts.judge` makes scores,
reports and outputs of it. The student's side is `student_side`, with `shell` for students' cells and `guard` for the
instructor's. Nothing that it says is believed: all of it is data, cut to size and judged.

What somebody can still do who has read all of this code
--------------------------------------------------------

In check cells (`Kind.CHECK`), which are judged outside of the process on inputs that come after the last cell:

- Answer by other means than the function that was asked for. What is judged is the data that leave the process, and a
  student's code may make all of these itself: hand in layers and weights that no Keras model has, report that an array
  was left alone, that losses fell. It still has to be right: the layers are computed outside, and the rest needs right
  answers to hidden inputs, whose expected values it never sees. So a check is as good as what it asks of these. A part
  that can be answered without the inputs can be forged.
- Tell a few bits of the hidden inputs in each grading: which steps failed, which known exception was raised, in which
  line of the submission. Ten checks, each with a choice among a thousand lines, are a hundred bits; who hands in again
  and again, and gets full feedback each time, can piece hidden inputs together. Knowing these is no right answer, and
  next year's class has others. What the processor time and the memory of a run tell is kept from students.
- Have hidden inputs and later ones mixed: on hidden inputs the names mean what they meant at the check's place, but a
  list or model that later cells have changed is changed. This can only cost the student's own points.

In ordinary test cells (`Kind.TEST`) the test's code, and what it expects, is in the same process as the student's:

- Python code with the same rights can read and change everything in it: import the grader's own modules, or walk from
  a frame of its own to theirs before a test begins, and replace what writes the verdict; use `ctypes`,
  `/proc/self/mem`, a thread, or code written in C. No process can keep a secret from itself. Tests whose points
  matter belong into checks. (What needs no knowledge of this code is closed: audit hooks, traces, kept tracebacks
  and frames of a test, names that hidden lines bind, a search through all objects, built-in types made to be equal.)
- Return an object whose own method is called with the expected value (`found.equals(expected)`), or whose class has
  the name of a class that the instructor's cells mention.
- Patch, inside a loop of a test, what the functions that the test uses call in turn; or modules that are neither in
  `pristine` nor imported before the first student's code; or the instructor's objects themselves, such as a data frame.
- Learn what a test asks, one call after the other, and answer the next grading with it. nbgrader's own feedback shows
  the hidden tests of graded notebooks to their authors in any case.

In both: use up its limits of time, memory and output, and end its own run. What was earned before that is kept.
"""
