"""The page on conversion, tried out: its commands and programs in the order in which it shows them, in one folder."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from course_utils.book.server import serve
from course_utils.errors import CourseError
from course_utils.node import modules, node_environment, node_path
from tests.chapters.test_tfjs_snippets import CDN, _from_npm
from tests.conftest import ROOT

SOURCE = ROOT / "book" / "reference" / "conversion.md"
FILES = SOURCE.parent / "files"
MODEL = ROOT / "book" / "_static" / "models" / "digits-cnn" / "digits-cnn.keras"
FENCE = re.compile(r"^```(?P<language>bash|python|text)\n(?P<body>.*?)^```$", re.M | re.S)
INCLUDED = re.compile(r"^```\{literalinclude\} files/(?P<name>\S+)$", re.M)
# What differs between machines and runs: times, differences in the last digits, folders.
VARIABLE = [
    (re.compile(r"\d+(?:\.\d+)? s\b"), "<time>"),
    (re.compile(r"\b\d(?:\.\d)?e-\d+\b"), "<difference>"),
    (re.compile(r"(?:/[\w.@-]+)+/(?=[\w.-])"), "<path>/"),
]


@dataclass(frozen=True)
class Block:
    """A block of the page, with the text block that shows its output, if one follows."""

    language: str
    body: str
    output: str = ""


@dataclass
class Tried:
    """What came of trying the page: what each command and program printed, by its text."""

    folder: Path
    printed: dict[str, str] = field(default_factory=dict)


def blocks() -> list[Block]:
    """The page's blocks of commands and of Python, in order."""
    found: list[Block] = []
    for match in FENCE.finditer(SOURCE.read_text(encoding="utf-8")):
        if match["language"] == "text":
            found[-1] = Block(found[-1].language, found[-1].body, match["body"])
        else:
            joined = re.sub(r" *\\\n *", " ", match["body"]) if match["language"] == "bash" else match["body"]
            found.append(Block(match["language"], joined))
    return found


def commands() -> list[str]:
    """Every command of the page."""
    return [line for block in blocks() if block.language == "bash" for line in block.body.splitlines()]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """The page's folder after all its commands and programs have run in it, from top to bottom."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copy2(MODEL, folder)
    for name in INCLUDED.findall(SOURCE.read_text(encoding="utf-8")):
        shutil.copy2(FILES / name, folder)
    digit, picture = a_digit()
    (folder / "three.json").write_text(json.dumps(picture.tolist()), encoding="utf-8")
    Image.fromarray(picture.astype(np.uint8)).resize((112, 112)).save(folder / "digit.png")
    (folder / "node_modules").symlink_to(modules("@tensorflow/tfjs"), target_is_directory=True)
    assert digit == 3
    done = Tried(folder)
    names: dict[str, object] = {}
    with contextlib.chdir(folder):
        for block in blocks():
            if block.language == "python":
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(compile(block.body, SOURCE.name, "exec"), names)
                done.printed[block.body] = printed.getvalue()
            else:
                done.printed |= {line: run(line) for line in block.body.splitlines()}
    return done


def a_digit() -> tuple[int, np.ndarray]:
    """A three of scikit-learn's digits as a picture of 28 × 28 with numbers from 0 to 255."""
    from sklearn.datasets import load_digits

    from course_utils.training.digits import framed

    digits = load_digits()
    return int(digits.target[3]), np.rint(framed((digits.images[3:4] / 16).astype(np.float32))[0] * 255)


def run(command: str) -> str:
    """Run one command of the page; what needs a network or does not end is tried in a test of its own."""
    program, *arguments = shlex.split(command)
    if program == "course" and "--engine" not in arguments:
        return course(arguments)
    if program == "node":
        return finished([str(node_path()), *arguments])
    assert command.startswith(("npm install ", "python -m http.server ", "curl ", "course convert ")), command
    return ""


def course(arguments: list[str]) -> str:
    """What `course` prints; in this process, which has TensorFlow already."""
    from course_utils.cli import app

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        app(arguments, standalone_mode=False)
    return printed.getvalue()


def finished(command: list[str]) -> str:
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=node_environment())
    assert result.returncode == 0, result.stderr
    return result.stdout


def normalised(text: str) -> list[str]:
    for pattern, name in VARIABLE:
        text = pattern.sub(name, text)
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line.strip()]


def test_each_conversion_made_its_folder(tried: Tried) -> None:
    outs = [shlex.split(line)[-1] for line in commands() if line.startswith("course convert ")]
    made = [out for out in outs if (tried.folder / out).is_dir()]
    assert made == [out for out in outs if out != "yardstick"]
    assert len(made) >= 6


def test_the_report_is_the_one_that_the_page_shows(tried: Tried) -> None:
    shown = [block for block in blocks() if block.output]
    assert shown
    for block in shown:
        assert normalised(tried.printed[block.body.strip()]) == normalised(block.output)


def test_the_quantised_model_has_a_quarter_of_the_weights(tried: Tried) -> None:
    def shards(name: str) -> int:
        return sum(file.stat().st_size for file in (tried.folder / name).glob("*.bin"))

    assert shards("web-small") < 0.3 * shards("web")


def test_every_program_recognises_the_digit(tried: Tried) -> None:
    [in_node] = [text for line, text in tried.printed.items() if line.startswith("node predict.js")]
    assert json.loads(in_node)["digit"] == 3
    images = np.load(tried.folder / "digits.npz")
    [lite] = [text for body, text in tried.printed.items() if "ai_edge_litert" in body]
    assert int(lite) == images["y"][0]
    [onnx] = [text for body, text in tried.printed.items() if "onnxruntime" in body]
    # These digits are other people's than those it learned from: it may be wrong, as it is in Keras.
    in_keras = keras.models.load_model(MODEL).predict(images["x"][:10], verbose=0).argmax(axis=1)
    assert np.fromstring(onnx.strip("[]\n"), sep=" ").tolist() == in_keras.tolist()


def test_the_model_that_came_back_computes_the_same(tried: Tried) -> None:
    images = np.load(tried.folder / "digits.npz")["x"][:20]
    there, back = (
        keras.models.load_model(file).predict(images, verbose=0)
        for file in (MODEL, tried.folder / "back" / "model.keras")
    )
    np.testing.assert_allclose(back, there, atol=1e-5)


def test_the_page_of_your_own_recognises_the_digit(browser: Browser, tried: Tried) -> None:
    [command] = [line for line in commands() if line.startswith("python -m http.server")]
    assert command.endswith("--bind 127.0.0.1")
    with serve(tried.folder) as address:
        tab = browser.new_page()
        tab.route(CDN, _from_npm)
        tab.goto(f"{address}/page.html")
        tab.wait_for_function("document.getElementById('output').textContent.startsWith('This')")
        said = tab.text_content("#output")
        tab.close()
    assert re.fullmatch(r"This is a 3, with probability [01]\.\d\d\.", said or "")


def test_the_packages_that_the_page_installs_are_the_ones_tried_here() -> None:
    [command] = [line for line in commands() if line.startswith("npm install ")]
    asked = dict(word.rsplit("@", 1) for word in shlex.split(command)[2:])
    for name, version in asked.items():
        package = modules(name) / name / "package.json"
        assert json.loads(package.read_text(encoding="utf-8"))["version"] == version


def test_every_program_that_is_shown_is_tried() -> None:
    included = set(INCLUDED.findall(SOURCE.read_text(encoding="utf-8")))
    offered = set(re.findall(r"\(files/([^)]+)\)|<files/([^>]+)>", SOURCE.read_text(encoding="utf-8")))
    assert included | {name for pair in offered for name in pair if name} == {
        file.name for file in FILES.iterdir()
    }


def test_every_option_of_the_command_is_explained() -> None:
    from typer.main import get_command

    from course_utils.cli import app

    options = get_command(app).commands["convert"].params
    named = {name for option in options for name in option.opts if name.startswith("--")} - {"--help"}
    explained = set(re.findall(r"^\| `(--[\w-]+)`", SOURCE.read_text(encoding="utf-8"), re.M))
    assert explained == named


def make_refused(folder: Path) -> dict[str, list[str]]:
    """Models that are refused, in `folder`; what is asked of each, by the file's name."""
    import keras
    from keras import layers

    @keras.saving.register_keras_serializable("tests")
    class Gate(layers.Layer):
        def call(self, x: object) -> object:
            return x * keras.ops.sigmoid(x)

    keras.utils.clear_session(
        free_memory=False
    )  # an operation is named by how many of its kind there were before
    features, sequence, picture = keras.Input((4,)), keras.Input((6, 8)), keras.Input((6, 6, 2))
    spoilt = keras.Sequential([features, layers.Dense(2, name="dense_1")])
    spoilt.layers[0].kernel.assign(np.full((4, 2), np.nan))
    models = {
        "upwards": keras.Model(
            picture, layers.Conv2DTranspose(3, 3, strides=2, output_padding=1, name="upwards")(picture)
        ),
        "sums": keras.Model(sequence, keras.ops.cumsum(sequence, axis=1)),
        "lambda": keras.Sequential(
            [features, layers.Dense(2), layers.Lambda(lambda x: 2 * x, name="double")]
        ),
        "custom": keras.Sequential([features, Gate(name="gate"), layers.Dense(2)]),
        "nan": spoilt,
        "fine": keras.Sequential([features, layers.Dense(2)]),
    }
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
    keras.saving.get_custom_objects().clear()
    (folder / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"0" * 100)
    (folder / "there").mkdir()
    (folder / "there" / "thesis.txt").write_text("years of work", encoding="utf-8")
    asked = {f"{name}.keras": ["--to", "tfjs-layers", "--out", "new"] for name in models}
    asked["cut.h5"] = asked["fine.keras"]
    return asked


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The sentence for each thing that the page says is refused; nothing new lies in the folder."""
    folder = tmp_path_factory.mktemp("refused")
    asked = make_refused(folder)
    before = sorted(folder.rglob("*"))
    del asked["fine.keras"]
    calls = [[name, *options] for name, options in asked.items()]
    calls.append(["fine.keras", "--to", "litert", "--quantize", "uint8", "--out", "new"])
    calls.append(["fine.keras", "--to", "tfjs-layers", "--out", "there"])
    said = []
    with contextlib.chdir(folder):
        for call in calls:
            with pytest.raises(CourseError) as refused:
                course(["convert", *call])
            said.append(str(refused.value))
    assert sorted(folder.rglob("*")) == before
    return said


def table(heading: str) -> list[tuple[str, str]]:
    """The two cells of each row of the table whose first head is `heading`, code without its marks."""
    text = SOURCE.read_text(encoding="utf-8").split(f"* - {heading}\n", 1)[1].split("\n```\n", 1)[0]
    rows = re.findall(r"^\* - (.*)\n  - (.*)$", text, re.M)
    return [tuple(cell.strip("` ") for cell in row) for row in rows]


def test_what_is_refused_is_refused_in_the_words_of_the_page(refusals: list[str]) -> None:
    shown = [sentence for _, sentence in table("What was asked")]
    assert len(shown) == len(refusals)
    assert [sentence for sentence in shown if not any(said.startswith(sentence) for said in refusals)] == []


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph model with a loop in it."""
    import keras

    from course_utils.conversion import convert

    layers = [keras.Input((None, 3)), keras.layers.LSTM(4), keras.layers.Dense(2)]
    return convert(
        keras.Sequential(layers), "tfjs-graph", tmp_path_factory.mktemp("loop") / "out", verify=0
    ).out


def like(shown: str, said: str) -> bool:
    """Whether a message is the one that the page shows, where … stands for anything."""
    pattern = ".*".join(map(re.escape, shown.split("…")))
    return re.match(pattern, " ".join(said.split())) is not None


def test_tensorflow_js_says_what_the_page_says(tried: Tried, loop: Path) -> None:
    program = Path(__file__).with_name("page_errors.cjs")
    packages = modules("@tensorflow/tfjs")
    provoked = json.loads(
        finished([str(node_path()), str(program), str(packages), str(tried.folder / "web"), str(loop)])
    )
    assert [case for case, said in provoked.items() if said is None] == []
    shown = [message for message, _ in table("What TensorFlow.js says")]
    never = [message for message in shown if not any(like(message, said) for said in provoked.values())]
    untold = [said for said in provoked.values() if not any(like(message, said) for message in shown)]
    assert (never, untold) == ([], [])


def test_litert_says_what_the_page_says(tmp_path: Path) -> None:
    import keras
    from ai_edge_litert.interpreter import Interpreter

    model = keras.Sequential([keras.Input((5, 3), batch_size=1), keras.layers.LSTM(4), keras.layers.Dense(2)])
    model.export(str(tmp_path / "model.tflite"), format="litert", verbose=False)
    [(shown, _)] = table("What LiteRT says")
    with pytest.raises(RuntimeError) as said:
        Interpreter(str(tmp_path / "model.tflite")).allocate_tensors()
    assert like(shown, str(said.value))


def test_the_reference_engine_is_asked_as_the_page_says() -> None:
    [command] = [line for line in commands() if "--engine" in line]
    assert shlex.split(command)[-4:-2] == ["--engine", "tensorflowjs"]
