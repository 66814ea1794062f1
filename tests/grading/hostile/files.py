"""Attacks by files that are no regular ones, by what lies beside the notebook, and by names."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from pathlib import Path

from tests.grading.hostile.attacks import Attack
from tests.grading.hostile.course import ASSIGNMENT, VICTIM
from tests.grading.hostile.desk import BUILT, REFUSED, Desk, cell_of, handed_in

#: Modules that run a notebook, or that a course imports.
SHADOWED = """
ipykernel_launcher numpy sitecustomize usercustomize json math ast IPython nbformat nbgrader zmq tornado traitlets
jupyter_client course_utils tensorflow keras nbgrader_config ipython_config jupyter_config conftest
"""

# Files of other kinds.


@handed_in("A link to the instructor's notebook", 0, status=REFUSED)
def link_to_the_source(desk: Desk) -> None:
    desk.path.symlink_to(desk.course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")


@handed_in("A link to another student's notebook", 0, status=REFUSED)
def link_to_the_victim(desk: Desk) -> None:
    desk.path.symlink_to(f"../../{VICTIM}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")


@handed_in("The whole folder is a link to another student's", 0, status=REFUSED)
def linked_folder(desk: Desk) -> None:
    desk.folder.rmdir()
    desk.folder.symlink_to(desk.course / "submitted" / VICTIM / ASSIGNMENT)


@handed_in("Links to the gradebook, the course and the home folder beside a right notebook", at_most=6)
def links_beside(desk: Desk) -> None:
    notebook = desk.right()
    reading = """\
import glob
for path in glob.glob("**/*", recursive=True):
    try:
        print(open(path, "rb").read())
    except OSError:
        pass
"""
    notebook["cells"].append(
        {
            "cell_type": "code",
            "id": "read",
            "metadata": {},
            "source": reading,
            "outputs": [],
            "execution_count": None,
        }
    )
    desk.write(notebook)
    for name, target in {
        "g.db": desk.course / "gradebook.db",
        "course": desk.course,
        "s": desk.course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb",
        "up": Path("../.."),
        "config.py": desk.course / "nbgrader_config.py",
        "root": Path("/"),
    }.items():
        (desk.folder / name).symlink_to(target)


@handed_in("A broken link as the notebook", 0, status=REFUSED)
def broken_link(desk: Desk) -> None:
    desk.path.symlink_to("nowhere.ipynb")


@handed_in("A link to itself as the notebook, and more beside it", 0, status=REFUSED)
def circular_link(desk: Desk) -> None:
    desk.path.symlink_to(desk.path.name)
    (desk.folder / "loop").symlink_to(".")


@handed_in("A pipe as the notebook: whoever opens it waits for ever", 0, status=REFUSED)
def pipe(desk: Desk) -> None:
    os.mkfifo(desk.path)


@handed_in("Pipes, sockets and devices beside a right notebook", at_most=6, at_least=6)
def pipes_beside(desk: Desk) -> None:
    desk.write(desk.right())
    os.mkfifo(desk.folder / "data.csv")
    os.mkfifo(desk.folder / "another.ipynb")
    here = os.getcwd()
    os.chdir(desk.folder)  # the path of a socket must be short
    try:
        socket.socket(socket.AF_UNIX).bind("socket")
    finally:
        os.chdir(here)


@handed_in("An endless device as the notebook", 0, status=REFUSED)
def device(desk: Desk) -> None:
    try:
        os.mknod(desk.path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        os.mkfifo(desk.path)  # who is not root gives a pipe instead


@handed_in("A folder under the notebook's name", 0, status=REFUSED)
def folder_as_notebook(desk: Desk) -> None:
    (desk.path / "inner").mkdir(parents=True)
    desk.write(desk.right(), f"{ASSIGNMENT}.ipynb/inner/{ASSIGNMENT}.ipynb")


@handed_in("Nothing but an empty folder", 0, status=REFUSED)
def empty_folder(desk: Desk) -> None:
    assert desk.folder.is_dir()


@handed_in("A notebook that nobody may read", at_most=6)
def unreadable(desk: Desk) -> None:
    desk.write(desk.right())
    desk.path.chmod(0)


@handed_in("A file of two hundred gigabytes beside a right notebook, all of it a hole", 6)
def huge_file_beside(desk: Desk) -> None:
    desk.write(desk.right())
    (desk.folder / "data.bin").touch()
    os.truncate(desk.folder / "data.bin", 200 * 2**30)


@handed_in("Five thousand files and a path of a hundred folders beside a right notebook", 6)
def many_files_beside(desk: Desk) -> None:
    desk.write(desk.right())
    for number in range(5000):
        (desk.folder / f"{number}.txt").touch()
    deep = desk.folder.joinpath(*["d" * 30] * 100)
    deep.mkdir(parents=True)


@handed_in("Files with names that no tool expects beside a right notebook", 6)
def strange_names_beside(desk: Desk) -> None:
    desk.write(desk.right())
    for name in (
        b"new\nline.txt",
        b"\xff\xfe.txt",
        b"\x1b[31mred.txt",
        b"[bold]x[nothing].txt",
        b" ",
        b"-rf",
        b"$(touch MARKER)",
        b"n" * 250,
    ):
        Path(os.fsdecode(bytes(desk.folder) + b"/" + name)).touch()


# Notebooks under other names.


@handed_in("A notebook that the browser renamed: found, and flagged", 6, reason=f"{ASSIGNMENT} (1).ipynb")
def renamed(desk: Desk) -> None:
    desk.write(desk.right(), f"{ASSIGNMENT} (1).ipynb")


@handed_in("A right notebook beside an older blank one under the right name", at_most=6)
def two_versions(desk: Desk) -> None:
    desk.write(desk.blank())
    desk.write(desk.right(), f"{ASSIGNMENT} (1).ipynb")


@handed_in("A right notebook beside rubbish under the right name", at_most=6)
def rubbish_and_a_version(desk: Desk) -> None:
    desk.path.write_text("rubbish")
    desk.write(desk.right(), f"{ASSIGNMENT}-final.ipynb")


@handed_in("Ten notebooks of any name, none the right one", at_most=6)
def ten_notebooks(desk: Desk) -> None:
    for number in range(10):
        desk.write(desk.blank() if number else desk.right(), f"copy {number} of {ASSIGNMENT}.ipynb")


# Files that Python, Jupyter or nbgrader might load from the folder.


@handed_in("Modules of the student's own under the names of those that run the notebook", 0)
def shadowing_modules(desk: Desk) -> None:
    desk.write(desk.blank())
    trick = (
        "import os, sys\n"
        "os.path.exists('/MARKER') or os.write(1, b'')\n"
        "print(3)\n"
        "def __getattr__(name): return lambda *a, **o: 3\n"
    )
    for name in SHADOWED.split():
        (desk.folder / f"{name}.py").write_text(trick)
    (desk.folder / "x.pth").write_text("import os\n")
    (desk.folder / "kernel.json").write_text('{"argv": ["true"]}')


@handed_in("A right notebook with a module of the student's own beside it", 6)
def module_beside(desk: Desk) -> None:
    notebook = desk.right()
    cell_of(notebook, "solve-double")["source"] = "from my_answers import double"
    (desk.folder / "my_answers.py").write_text("def double(number):\n    return 2 * number\n")
    desk.write(notebook)


@handed_in("Settings of Jupyter, IPython and Git in hidden folders beside a blank notebook", 0)
def settings_beside(desk: Desk) -> None:
    desk.write(desk.blank())
    for name in (
        ".ipython/profile_default/startup/0.py",
        ".jupyter/x.py",
        ".git/hooks/post-checkout",
        "share/jupyter/kernels/python3/kernel.json",
    ):
        path = desk.folder / name
        path.parent.mkdir(parents=True)
        path.write_text(
            '{"argv": ["true"], "display_name": "x", "language": "python"}'
            if name.endswith("json")
            else "print(3)"
        )
        path.chmod(0o755)


# Time stamps.


def timestamp(name: str, content: bytes, student: str) -> None:
    """Note a right notebook with this time stamp."""

    def build(desk: Desk) -> None:
        desk.write(desk.right())
        (desk.folder / "timestamp.txt").write_bytes(content)

    BUILT.append(Attack(student, name, 6, 6, build=build))


timestamp("A time stamp that is no time", b"yesterday, honestly\n", "bad-timestamp")
timestamp("A time stamp long before the assignment", b"1970-01-01 00:00:00.000000 UTC", "backdated")
timestamp("A time stamp of the year 9999", b"9999-12-31 23:59:59.999999 UTC", "postdated")
timestamp("A time stamp in a zone that overflows", b"0001-01-01 00:00:00 +2359", "overflowing-timestamp")
timestamp("A time stamp of random bytes", bytes(range(128, 256)) * 1000, "binary-timestamp")
timestamp("An empty time stamp", b"", "empty-timestamp")


@handed_in("A time stamp that is a pipe", 6)
def pipe_as_timestamp(desk: Desk) -> None:
    desk.write(desk.right())
    os.mkfifo(desk.folder / "timestamp.txt")


@handed_in("A time stamp that is a link to the instructor's notes", 6)
def linked_timestamp(desk: Desk) -> None:
    desk.write(desk.right())
    (desk.folder / "timestamp.txt").symlink_to(desk.course / "private" / "notes.txt")


# Names of students.


@handed_in(
    "A student whose name is a pattern, a command and markup", 6, student="o'brien [x] $(touch MARKER) *.ü"
)
def strange_student(desk: Desk) -> None:
    desk.write(desk.right())


@handed_in("A student whose name looks like an option", 6, student="--help")
def option_as_student(desk: Desk) -> None:
    desk.write(desk.right())


@handed_in(
    "A student whose name breaks the line and the page", 6, student="new\nline <script>alert('MARKER-name')<"
)
def line_break_in_the_name(desk: Desk) -> None:
    desk.write(desk.right())


@handed_in(
    "The folder of a student is a link to another's", 0, status=REFUSED | {"graded"}, student="linked-student"
)
def linked_student(desk: Desk) -> None:
    shutil.rmtree(desk.folder.parent)
    desk.folder.parent.symlink_to(desk.course / "submitted" / VICTIM)


@handed_in("A stranger's work, which others try to read and to change", 6, student=VICTIM)
def victim(desk: Desk) -> None:
    notebook = desk.right()
    cell_of(notebook, "explain")["source"] = "canary-of-another-submission"
    cell_of(notebook, "solve-double")["source"] += "  # canary-of-another-submission"
    desk.write(notebook)
