"""The command line: `course …`. Each command is a thin layer over the function that does the work."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from course_utils.errors import CourseError

app = typer.Typer(
    help="The course: build its site, release and grade its exercises, measure its claims.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
bench_app = typer.Typer(
    help="The measurements behind the numbers in the README and the book.", no_args_is_help=True
)
class_app = typer.Typer(help="What belongs to one class: who is in it, and its secret.")
app.add_typer(bench_app, name="bench")
app.add_typer(class_app, name="class")

_DEBUG = {"on": False}
_CourseFolder = Annotated[
    Path | None, typer.Option(help="The folder of any nbgrader course (default: this one).")
]


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """The course: build its site, release and grade its exercises, measure its claims."""
    _DEBUG["on"] = debug


def main() -> None:
    """Run the command line; errors become one sentence and an exit status."""
    try:
        app()
    except CourseError as error:
        if _DEBUG["on"]:
            raise
        _show(error)
        sys.exit(error.exit_status)


@app.command(epilog="Example: `course doctor`")
def doctor() -> None:
    """Say what is installed, what is missing, and how to get it."""
    from course_utils.doctor import examine

    findings = examine()
    for finding in findings:
        print(finding)
    raise typer.Exit(0 if all(finding.fine for finding in findings) else 1)


@app.command(epilog="Example: `course build --only week1/one-neuron`")
def build(
    only: Annotated[
        str | None, typer.Option(help="Run and build one page, such as week1/one-neuron.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Chapters to run at once (default: the cores).")] = None,
    solutions: Annotated[
        bool,
        typer.Option("--solutions", help="Run the folded solutions too, after each chapter's own cells."),
    ] = False,
) -> None:
    """Run the chapters whose code changed and build the site into _build/html."""
    from course_utils.book.pages import find_root, resolve

    root = find_root()
    page = resolve(root, only) if only else None
    from course_utils.book.build import build_page, build_site

    if page:
        print(build_page(root, page, solutions=solutions))
    else:
        print(build_site(root, jobs, solutions=solutions))
        print("See it with: make serve")


@app.command(epilog="Example: `course serve --port 8001`")
def serve(
    port: Annotated[int, typer.Option(help="The port on this machine; 0 takes a free one.")] = 8000,
    browser: Annotated[bool, typer.Option(help="Open the address in a browser.")] = True,
) -> None:
    """Serve the built site at a local address."""
    from course_utils.book.pages import find_root
    from course_utils.book.serve import serve as serve_site

    serve_site(find_root() / "_build" / "html", port, browser)


@app.command(epilog="Example: `course notebooks --check`")
def notebooks(
    check: Annotated[bool, typer.Option("--check", help="Only say which ones are stale.")] = False,
) -> None:
    """Make the notebooks that Colab and Binder open, one beside each chapter."""
    from course_utils.book import notebooks as generator
    from course_utils.book.pages import find_root

    root = find_root()
    if check:
        stale = generator.stale(root)
        if stale:
            names = ", ".join(str(path.relative_to(root)) for path in stale)
            raise CourseError(f"Not what their chapters make: {names}; run `course notebooks`.")
        print("Every notebook is what its chapter makes.")
        return
    changed = generator.generate(root)
    for path in changed:
        print(path.relative_to(root))
    print(f"{len(changed)} notebooks written." if changed else "Every notebook was up to date.")


@app.command(epilog="Example: `course fetch`")
def fetch() -> None:
    """Bring data sets and pretrained weights into Keras' cache, and MobileNet to where the site serves it."""
    from course_utils.book import pretrained
    from course_utils.data import fetch as fetch_all

    try:
        for path in fetch_all():
            print(path)
    finally:
        # What is at hand is put to use, also where something else could not be fetched.
        if root := pretrained.checkout():
            with _busy("Preparing MobileNet for the page") as status:
                place = pretrained.place(root, status.update)
            print(place or "The site has no MobileNet: its weights are not at hand.")


@app.command(epilog="Example: `course release week1`")
def release(
    weeks: Annotated[list[str] | None, typer.Argument(help="Such as week1; all by default.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say which ones are stale.")] = False,
) -> None:
    """Make the students' exercises from the solutions, and a bundle of each to hand out."""
    from course_utils import grading

    with _busy("Making the students' version with nbgrader"):
        lines = grading.release(_root(), weeks or None, check=check)
    print("\n".join(lines))


@app.command(epilog="Example: `course check week1.ipynb`")
def check(notebook: Annotated[Path, typer.Argument(help="Your copy of the exercise.")]) -> None:
    """Run the visible checks of an exercise, as you would before you hand it in."""
    from course_utils.checks import run_notebook

    with _busy(f"Running {notebook.name} from top to bottom"):
        report = run_notebook(notebook)
    print(report)
    raise typer.Exit(0 if report.passed else 1)


@app.command(epilog="Example: `course submit week1.ipynb --student ada`")
def submit(
    notebook: Annotated[Path, typer.Argument(help="Your copy of the exercise.")],
    student: Annotated[str | None, typer.Option(help="Your student id.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder for the zip (default: the notebook's).")
    ] = None,
) -> None:
    """Pack an exercise into the zip file that you hand in."""
    from course_utils import submission

    print(submission.make(notebook, student, out))


@app.command(epilog="Example: `course collect inbox/`, or `course collect submissions.zip`")
def collect(
    inbox: Annotated[Path, typer.Argument(help="A folder of zips, or a download of Moodle's or Canvas'.")],
    submitted: Annotated[
        datetime | None, typer.Option(help="When all of them came, in UTC, if the files do not say so.")
    ] = None,
) -> None:
    """Bring what was handed in to where nbgrader looks for submissions."""
    from course_utils import grading

    for line in grading.collect(_root(), inbox, submitted and submitted.replace(tzinfo=UTC)):
        print(line)


@app.command(epilog="Example: `course grade week1 --jobs 4`")
def grade(
    assignment: str,
    student: Annotated[str | None, typer.Option(help="Grade this student only.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Submissions at once (default: the cores).")] = None,
    sandbox: Annotated[str, typer.Option(help="auto; require: bubblewrap or nothing; off.")] = "auto",
    course_dir: _CourseFolder = None,
    check: Annotated[
        str | None, typer.Option(help="Grade this check alone again, such as week1.predict.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Run them on a Dask cluster, such as tcp://10.0.0.1:8786.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade what has not changed as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a submission.")] = False,
) -> None:
    """Grade what was handed in, each submission in a sandbox, into nbgrader's gradebook."""
    from course_utils import grading

    grades = grading.grade(course_dir or _root(), assignment, student, jobs, sandbox, force, check, cluster)
    lines = [json.dumps(result.as_dict()) for result in grades.results] if as_json else grades.lines()
    print("\n".join(lines))
    Console(stderr=True).print(grades.closing_words(), highlight=False, soft_wrap=True, markup=False)
    raise typer.Exit(1 if grades.needs_a_person else 0)


@app.command(epilog="Example: `course feedback week1`")
def feedback(assignment: str, course_dir: _CourseFolder = None) -> None:
    """Write the feedback of an assignment: a page for each student, and one for you on the whole class."""
    from course_utils import grading

    with _busy("Writing the feedback pages") as status:
        written = grading.feedback(course_dir or _root(), assignment, tell=status.update)
    print("\n".join(map(str, written.pages)))
    print(f"The class: {written.overview}")


@app.command(epilog="Example: `course export --to canvas`")
def export(
    to: Annotated[str, typer.Option(help="csv, or what the platform imports: canvas, moodle.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="The file (default: beside the gradebook).")] = None,
    course_dir: _CourseFolder = None,
) -> None:
    """Write the marks of the class into a file that the learning platform takes."""
    from course_utils import grading

    with _busy("Reading the gradebook"):
        path = grading.export(course_dir or _root(), to, out)
        waiting = grading.waiting(course_dir or _root())
    if waiting:
        print(f"Still to be looked at by a person: {', '.join(waiting)}", file=sys.stderr)
    print(path)


@class_app.callback(invoke_without_command=True)
def class_show(context: typer.Context) -> None:
    """Who is in the class, and what each has got so far."""
    if context.invoked_subcommand is None:
        from course_utils.grading import roster

        print("\n".join(roster.show(_root())))


@class_app.command("roster", epilog="Example: `course class roster students.csv`")
def class_roster(
    file: Annotated[Path, typer.Argument(help="A CSV file with a line for each student.")],
) -> None:
    """Read who is in the class; those who left are marked, never deleted."""
    from course_utils.grading import roster

    print(roster.take(_root(), file))


@class_app.command("new", epilog="Example: `course class new`")
def class_new() -> None:
    """Make the class secret, from which the hidden tests draw their inputs."""
    from course_utils import grading

    print(grading.class_new())


@app.command(epilog="Example: `course convert model.keras --to tfjs-layers --out web-model`")
def convert(
    model: Annotated[
        Path, typer.Argument(help="A .keras, .h5, SavedModel folder or TensorFlow.js model.json.")
    ],
    to: Annotated[str, typer.Option(help="tfjs-layers, tfjs-graph, litert, onnx or keras.")],
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    quantize: Annotated[
        str, typer.Option(help="none, float16, uint8 (tfjs), dynamic or full-int8.")
    ] = "none",
    data: Annotated[Path | None, typer.Option(help="An .npz of real inputs x and labels y.")] = None,
    verify: Annotated[int, typer.Option(help="Inputs to compare; 0 compares nothing.")] = 4,
    engine: Annotated[str, typer.Option(help="ours, or tensorflowjs: the reference converter.")] = "ours",
    trust: Annotated[bool, typer.Option("--trust", help="Load code that the model holds.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result.")] = False,
) -> None:
    """Convert a model for the browser, a phone or another runtime, and prove that it computes the same."""
    from course_utils import conversion
    from course_utils.conversion.terminal import shown

    options = {
        "quantize": quantize,
        "data": data,
        "verify": verify,
        "engine": engine,
        "trust": trust,
        "force": force,
    }
    with shown(libraries=_DEBUG["on"]) as tell:
        report = conversion.convert(model, to, out, **options, tell=tell)
    print(report)


@app.command(epilog="Example: `course train digits-cnn`")
def train(
    name: Annotated[str, typer.Argument(help="The model, such as digits-cnn.")],
    out: Annotated[Path | None, typer.Option(help="The folder to write (default: the shipped one).")] = None,
    seed: Annotated[int, typer.Option(help="Of the weights, the order and the bending of pictures.")] = 0,
    seconds: Annotated[float | None, typer.Option(help="Train for so long only, by the clock.")] = None,
) -> None:
    """Train a model that ships with the course, from its data to its model card."""
    # Slower without, where chapters and tests do without so that every processor gives them the same numbers.
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
    from course_utils import training

    print(training.train(name, out, seed, seconds))


@bench_app.command("bits", epilog="Example: `course bench bits`")
def bench_bits(
    write: Annotated[
        bool, typer.Option("--write", help="Also write the files of the demo of week 6.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The digits' network with fewer and fewer bits a weight, on its test pictures."""
    from course_utils import bench

    raise typer.Exit(bench.bits(as_json, write))


@bench_app.command("core", epilog="Example: `course bench core`")
def bench_core(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Size and import time of what a learner's notebook installs."""
    from course_utils import bench

    raise typer.Exit(bench.core(as_json))


@bench_app.command("lighthouse", epilog="Example: `course bench lighthouse week1/one-neuron`")
def bench_lighthouse(
    pages: Annotated[list[str] | None, typer.Argument(help="The home page and a chapter by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Lighthouse's four scores for pages of the built site."""
    from course_utils import bench

    raise typer.Exit(bench.lighthouse(pages or None, as_json))


@bench_app.command("demos", epilog="Example: `course bench demos digits`")
def bench_demos(
    names: Annotated[list[str] | None, typer.Argument(help="Demos, such as digits; all by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Bytes, seconds and memory of demos of the built site, beside a plain port of the digits."""
    from course_utils import bench

    raise typer.Exit(bench.demos(names or (), as_json))


@bench_app.command("gestures", epilog="Example: `course bench gestures`")
def bench_gestures(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """What few samples of one person's gestures are worth on the shipped backbone, judged by other people."""
    from course_utils import bench

    raise typer.Exit(bench.gestures(as_json))


@bench_app.command("grade", epilog="Example: `course bench grade --students 30`")
def bench_grade(
    students: Annotated[int, typer.Option(help="How many hand in week 1.")] = 100,
    tools: Annotated[
        list[str] | None, typer.Option("--tool", help="ours, nbgrader or otter; all by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """What grading a class takes with nbgrader, Otter-Grader and `course grade`: time, memory, scaling."""
    from course_utils import bench

    raise typer.Exit(bench.grading(students, as_json, tools=tools or ()))


@bench_app.command("models", epilog="Example: `course bench models breast-cancer`")
def bench_models(
    parts: Annotated[list[str] | None, typer.Argument(help="Such as breast-cancer; all by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """How often the course's models are right on data that they did not learn from, beside baselines."""
    from course_utils import bench

    raise typer.Exit(bench.models(parts or (), as_json))


@bench_app.command("conformance", epilog='Example: `course bench conformance --only "char LSTM"`')
def bench_conformance(
    only: Annotated[
        list[str] | None, typer.Option(help="A layer or network of the table; all by default.")
    ] = None,
    formats: Annotated[list[str] | None, typer.Option("--format", help="Such as tfjs-layers.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a model and format.")] = False,
) -> None:
    """What converts, and how exactly: every layer and whole networks, in every format."""
    from course_utils import bench

    raise typer.Exit(bench.conformance_table(only or (), formats or (), as_json))


@bench_app.command("convert", epilog="Example: `course bench convert`")
def bench_convert(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Time, memory and size of converting a network into each format."""
    from course_utils import bench

    raise typer.Exit(bench.convert(as_json))


@bench_app.command("runtimes", epilog="Example: `course bench runtimes`")
def bench_runtimes(
    write: Annotated[bool, typer.Option("--write", help="Also write the table that week 6 shows.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The digits' network in a page, Node.js, Node-RED, LiteRT and ONNX Runtime, and how far each is from Keras."""
    from course_utils import bench

    raise typer.Exit(bench.runtimes(as_json, write))


@bench_app.command("toxicity", epilog="Example: `course bench toxicity`")
def bench_toxicity(
    write: Annotated[bool, typer.Option("--write", help="Also write the table that week 4 shows.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """What ToxBlock, a judge of comments that others trained, says of the sentences of week 4."""
    from course_utils import bench

    raise typer.Exit(bench.toxicity(as_json, write))


@app.command(epilog="Example: `course pictures line-fit`")
def pictures(
    names: Annotated[list[str] | None, typer.Argument(help="Demos; all by default.")] = None,
) -> None:
    """Take the pictures that stand in a page until a demo is started."""
    from course_utils.book.pictures import take

    for path in take(_root(), names or None):
        print(path)


def _root() -> Path:
    from course_utils.book.pages import find_root

    return find_root()


def _busy(doing: str) -> Status:
    """What a person sees on the terminal while something runs that has no steps to count."""
    return Console(stderr=True).status(f"{doing} …")


def _show(error: CourseError) -> None:
    console = Console(stderr=True)
    if type(error).__name__ == "ExecutionFailed":
        from course_utils.book.build import failure_panel

        console.print(failure_panel(error))
    else:
        console.print(f"[bold red]course:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
