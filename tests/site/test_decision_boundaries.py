"""Decision boundaries: a network learns in the page, on iris, on shapes, and on the reader's own table."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.site.demo_stage import OpenDemo, demo_stage, press
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

OWN = "height;width;kind\n" + "\n".join(
    f"{(1 if i % 2 else 5) + 0.1 * (i % 7):.1f};{2 + 0.1 * (i % 5):.1f};{'cat' if i % 2 else 'dog'}".replace(
        ".", ","
    )
    for i in range(40)
)


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def train(tab: Page, epochs: int = 0) -> str:
    """Train, stopped after so many epochs or run to the end; what the demo then says."""
    press(tab, "Train")
    if epochs:
        tab.wait_for_function(
            "(epochs) => Number(document.querySelector('.lab-readout-value').textContent) >= epochs",
            arg=epochs,
            timeout=60_000,
        )
        press(tab, "Stop")
    said = tab.locator(".lab-status").first
    expect(said).to_contain_text("After ", timeout=90_000)
    return said.inner_text()


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"\d+\.\d+|\d+", text)]


def read(tab: Page, text: str, name: str = "The text") -> object:
    """A table as the demo reads it, or the sentence that says why not."""
    return tab.evaluate(
        """async ([text, name]) => {
          const { readTable } = await import("/lab/boundaries/csv.js");
          try {
            const { names, rows, numeric, labels, notes, read } = readTable(text, name);
            const first = numeric.map((column) => read(rows[0][column]));
            const gaps = numeric.map((column) => rows.filter((row) => !Number.isFinite(read(row[column]))).length);
            return { names, rows: rows.length, numeric, labels, notes, first, gaps };
          } catch (error) {
            return error.name === "TableProblem" ? error.message : String(error);
          }
        }""",
        [text, name],
    )


def test_it_learns_iris_with_a_flat_tensor_count(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries", {"seed": 1})
    expect(tab.locator(".lab-status").first).to_have_text("150 points in 3 classes. Press Train.")
    before = tab.locator(".lab-memory-count").inner_text()
    epochs, training, held_back = numbers(train(tab, epochs=60))
    assert epochs >= 60
    assert training >= 93
    assert held_back >= 88
    steady = tab.locator(".lab-memory-count").inner_text()
    press(tab, "Train on")
    tab.wait_for_function(
        "(epochs) => Number(document.querySelector('.lab-readout-value').textContent) > epochs + 20",
        arg=epochs,
    )
    press(tab, "Stop")
    expect(tab.get_by_role("button", name="Train on")).to_be_visible()
    assert tab.locator(".lab-memory-count").inner_text() == steady
    # Adam keeps two numbers beside each of the network's.
    assert numbers(before)[0] < numbers(steady)[0] < 40
    expect(tab.locator(".lab-boundary-story")).to_have_attribute("data-kind", "right")
    assert "of 45 on the diagonal" in tab.locator(".lab-confusion-scroll + .lab-note").inner_text()
    tab.evaluate("() => { cleanup(); }")
    tab.wait_for_timeout(300)
    assert tab.evaluate("async () => (await import('/vendor/tfjs/tf.fesm.min.js')).memory().numTensors") == 0
    assert tab.evaluate("listening()") == 0


def test_leaving_while_it_trains_frees_everything(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries")
    press(tab, "Train")
    expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    tab.wait_for_timeout(300)
    tab.evaluate("() => { cleanup(); }")
    tab.wait_for_timeout(1000)
    assert tab.evaluate("async () => (await import('/vendor/tfjs/tf.fesm.min.js')).memory().numTensors") == 0


def test_no_hidden_layer_cannot_bend_and_wrong_labels_are_learned_by_heart(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries", {"dataset": "rings", "layers": 0, "learning_rate": 0.1})
    _, training, _ = numbers(train(tab, epochs=40))
    assert training < 75
    expect(tab.locator(".lab-boundary-story")).to_contain_text("Underfitting")
    kinds = tab.evaluate(
        """async () => {
          const { story } = await import("/lab/boundaries/network.js");
          return [[0.99, 0.8, 0.82, 0.9], [0.85, 0.83, 0.97, 0.7], [0.4, 0.35, 0.55, 0.42], [0.95, 0.95, 0.96, 0.9],
            [0.6, 0.6, 0.62, 0.6], [0.7, 0.96, 0.97, 0.7]]
            .map(([training, heldBack, best, trainingThen]) => (
              { training, heldBack, best, bestEpoch: 9, trainingThen, count: 90, kinds: 2 }))
            .map((found) => story(found).kind);
        }"""
    )
    assert kinds == ["over", "over", "under", "right", "under", "right"]


def test_settings_change_while_it_learns(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries", {"dataset": "moons"})
    press(tab, "Train")
    tab.get_by_role("radio", name="3", exact=True).focus()
    tab.keyboard.press("Space")
    expect(tab.locator(".lab-readout-value").nth(3)).to_have_text(str(3 * 16 + 2 * 272 + 34))
    tab.get_by_label("Units in each").focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".lab-readout-value").nth(3)).to_have_text(str(3 * 17 + 2 * (17 * 18) + 36))
    expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    press(tab, "Start over")
    expect(tab.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(tab.locator(".lab-readout-value").first).to_have_text("0")
    tab.wait_for_timeout(300)
    # Kernel and bias of each layer, and what Adam keeps from the start.
    assert numbers(tab.locator(".lab-memory-count").inner_text())[0] <= 14


def test_the_readers_own_file_is_read_and_learned(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries", {"seed": 2})
    tab.locator("summary", has_text="Your own table").focus()
    tab.keyboard.press("Enter")
    with tab.expect_file_chooser() as chooser:
        press(tab, "Open a CSV file")
    chooser.value.set_files({"name": "pets.csv", "mimeType": "text/csv", "buffer": OWN.encode()})
    expect(tab.locator(".lab-status").first).to_have_text("40 points in 2 classes. Press Train.")
    assert tab.locator(".lab-boundary-classes").inner_text().startswith("cat")
    _, _, held_back = numbers(train(tab, epochs=30))
    assert held_back == 100
    assert tab.evaluate("values.class_names") == ["cat", "dog"]
    assert tab.evaluate("values.feature_names") == ["height", "width"]
    assert tab.evaluate("[values.points.shape, values.predicted.shape, values.weights.length]") == [
        [40, 2],
        [40],
        6,
    ]


def test_a_dropped_file_and_pasted_rows_work_and_bad_ones_are_said(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries")
    drop = """([name, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      document.querySelector(".lab-kit").dispatchEvent(
        new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    tab.evaluate(drop, ["pets.csv", OWN])
    expect(tab.locator(".lab-status").first).to_contain_text("40 points in 2 classes.")
    tab.evaluate(drop, ["photo.png", "\x89PNG\x00\x00"])
    expect(tab.locator(".lab-status").first).to_have_text(
        "photo.png is not text: choose a CSV file, with one row a line."
    )
    tab.locator("summary", has_text="Your own table").click()
    tab.get_by_label("Or paste rows, the header first").fill("a,b\n1,2")
    press(tab, "Use this text")
    expect(tab.locator(".lab-status").first).to_contain_text(
        "The text has two columns: it needs two columns of numbers"
    )
    # What was there before stays, and still learns.
    assert tab.locator(".lab-boundary-classes").inner_text().startswith("cat")


def test_tables_of_many_kinds_are_read(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries")
    rows = "\n".join(f"{i},{i * 2},{'ab'[i % 2]}" for i in range(20))
    assert read(tab, "x,y,kind\n" + rows)["names"] == ["x", "y", "kind"]
    bare = read(tab, rows)
    assert bare["names"] == ["column 1", "column 2", "column 3"]
    assert bare["notes"] == ["There is no header, so the columns are numbered."]
    assert read(tab, ("x,y,kind\n" + rows).replace(",", "\t"))["labels"] == [2]
    comma = read(tab, OWN)
    assert comma["numeric"] == [0, 1]
    assert comma["first"] == [5, 2]
    quoted = read(tab, '"x, in m","y ""up""",kind\r\n' + rows.replace("\n", "\r\n") + "\r\n\r\n1,2\r\n")
    assert quoted["names"][:2] == ["x, in m", 'y "up"']
    assert quoted["notes"] == ["1 row with another number of columns left out."]
    gaps = "\n".join(
        f"{i},{i * 2 if i % 3 else ('NA', '?', 'nan')[i % 9 // 3]},{'ab'[i % 2]}" for i in range(20)
    )
    holed = read(tab, "x,y,kind\n" + gaps)
    assert [holed["numeric"], holed["gaps"]] == [[0, 1], [0, 7]]
    endless = rows.replace("\n7,", "\n1e300,")
    assert read(tab, "x,y,kind\n" + endless)["gaps"] == [1, 0]
    many = read(tab, "x,y,kind\n" + "\n".join(f"{i},{i % 9},{'ab'[i % 2]}" for i in range(6000)))
    assert many["rows"] == 5000
    assert many["notes"] == ["The first 5000 of 6000 rows are used."]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n", "The text is empty"),
        ("a\nb\nc", "The text has one column"),
        ("x,y,kind\n1,2,a\n2,3,b", "The text has 2 rows: 8 are the fewest"),
        ("x,y,kind\n" + "a,b,c\nd,e,f\n" * 6, "The text has no column of numbers: two are needed"),
        (
            "x,y,z\n" + "\n".join(f"{i},{i * 3},{i * 7}" for i in range(30)),
            "has no column with 2 to 6 different values",
        ),
    ],
)
def test_what_is_no_table_to_learn_from_is_said(open_demo: OpenDemo, text: str, sentence: str) -> None:
    assert sentence in read(open_demo("kernel-order"), text)


def test_points_and_classes_come_from_python(open_demo: OpenDemo) -> None:
    tab = open_demo("kernel-order")
    tab.evaluate("() => { cleanup(); }")
    tab.evaluate(
        """async () => {
          const { arrayMessage } = await import("/lab/sync.js");
          const flat = Float32Array.from({ length: 60 }, (_, i) => (i % 4 < 2 ? 0 : 4) + (i % 3) / 10);
          const classes = Int32Array.from({ length: 30 }, (_, i) => i % 2);
          values.points = arrayMessage(flat, [30, 2]);
          values.classes = arrayMessage(classes, [30]);
          values.class_names = ["no", "yes"];
          const demo = (await import("/demos/decision-boundaries.js")).default;
          const model = { get: (name) => values[name], set(name, value) { values[name] = value; },
            save_changes() {}, on() {}, off() {} };
          window.cleanup = await demo.render({ model, el: document.getElementById("demo") });
        }"""
    )
    expect(tab.locator(".lab-status").first).to_have_text("30 points in 2 classes. Press Train.")
    expect(tab.get_by_label("Points", exact=True)).to_have_value("own")
    assert "yes" in tab.locator(".lab-boundary-classes").inner_text()


def test_the_iris_table_is_the_one_of_scikit_learn() -> None:
    import csv

    import numpy as np
    from sklearn.datasets import load_iris

    with (ROOT / "book" / "_static" / "data" / "iris.csv").open() as file:
        _, *rows = csv.reader(file)
    iris = load_iris()
    np.testing.assert_allclose(np.array([row[:4] for row in rows], float), iris.data)
    assert [row[4] for row in rows] == [str(iris.target_names[kind]) for kind in iris.target]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_and_reads_well(open_demo: OpenDemo, theme: str) -> None:
    tab = open_demo("decision-boundaries", width=360, theme=theme)
    for fold in tab.locator("details > summary").all():
        fold.click()
    train(tab, epochs=20)
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
    # The heading is the chapter's business.
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []


def test_the_made_up_points_are_the_same_each_time(open_demo: OpenDemo) -> None:
    tab = open_demo("kernel-order")
    found = tab.evaluate(
        """async () => {
          const { MADE_UP, split, withWrongLabels } = await import("/lab/boundaries/datasets.js");
          const { classes } = MADE_UP.rings.make();
          const { training, heldBack } = split(classes, 3);
          const wrong = withWrongLabels(classes, 0.2, 3, 5);
          const text = () => JSON.stringify(MADE_UP.rings.make());
          return [text() === text(), training.length, heldBack.length, new Set([...training, ...heldBack]).size,
            wrong.filter((one, i) => one !== classes[i]).length];
        }"""
    )
    assert found[:4] == [True, 210, 90, 300]
    assert 40 <= found[4] <= 80


def test_training_goes_on_when_the_graphics_card_is_lost(open_demo: OpenDemo) -> None:
    tab = open_demo("decision-boundaries", {"dataset": "moons", "seed": 1})
    tab.get_by_label("Runs on").select_option("webgl")
    expect(tab.locator(".lab-backend-note")).to_have_text("TensorFlow.js now computes with WebGL.")
    press(tab, "Train")
    tab.wait_for_function(
        "() => Number(document.querySelector('.lab-readout-value').textContent) >= 2", timeout=60_000
    )
    tab.evaluate(
        """async () => {
          const tf = await import("/vendor/tfjs/tf.fesm.min.js");
          tf.backend().gpgpu.gl.getExtension("WEBGL_lose_context").loseContext();
        }"""
    )
    expect(tab.locator(".lab-backend-note")).to_contain_text("goes on with WebAssembly", timeout=15_000)
    # It begins anew: what it had learned lay in the memory that is gone.
    tab.wait_for_function(
        "() => Number(document.querySelector('.lab-readout-value').textContent) >= 60", timeout=60_000
    )
    press(tab, "Stop")
    said = tab.locator(".lab-status").first
    expect(said).to_contain_text("After ", timeout=30_000)
    _, training, _ = numbers(said.inner_text())
    assert training > 85
    assert numbers(tab.locator(".lab-memory-count").inner_text())[0] <= 20
    tab.evaluate("() => { cleanup(); }")
    tab.wait_for_timeout(300)
    assert tab.evaluate("async () => (await import('/vendor/tfjs/tf.fesm.min.js')).memory().numTensors") == 0
