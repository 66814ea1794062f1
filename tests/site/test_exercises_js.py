"""The checked exercises: every solution passes, no start does, and what is wrong is said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.site.exercise_otherwise import OTHERWISE
from tests.site.exercise_stage import Exercise, Judge, exercises, judging

ALL = {exercise.name: exercise for exercise in exercises()}


@pytest.fixture(scope="module")
def judge(browser: Browser) -> Iterator[Judge]:
    with judging(browser) as judging_page:
        yield judging_page


def changed(exercise: Exercise, *edits: tuple[str, str]) -> str:
    """The exercise's solution with something wrong in it."""
    code = exercise.solution
    for before, after in edits:
        assert before in code, before
        code = code.replace(before, after)
    return code


@pytest.mark.parametrize("exercise", ALL.values(), ids=ALL)
def test_a_solution_passes_every_check_and_its_start_does_not(judge: Judge, exercise: Exercise) -> None:
    solved, begun = (judge(code, exercise.checks) for code in (exercise.solution, exercise.code))

    assert [(verdict["name"], verdict["state"], verdict.get("why")) for verdict in solved["verdicts"]] == [
        (name, "pass", None) for name in exercise.names
    ]
    assert solved["errors"] == []
    assert solved["leak"] == 0, "what a solution shows under the checks clears up after itself too"
    assert begun["errors"] == [], "the code to begin with runs"
    assert "not yet" in {verdict["state"] for verdict in begun["verdicts"]}
    assert all(verdict["why"] for verdict in begun["verdicts"] if verdict["state"] == "not yet")


# exercise, what is changed in its solution, the check that must notice, and what it must say
WRONG = [
    (
        "shapes",
        [("[2, 3]", "[3, 2]")],
        "grid has two rows and three columns",
        "grid has the shape [3, 2], expected [2, 3].",
    ),
    ("shapes", [(".div(255)", "")], "its values lie between 0 and 1", "The values lie between 0 and 255."),
    ("shapes", [(".div(255)", ".div(256)")], "its values lie between 0 and 1", "A byte of 255 became 0.9961"),
    (
        "shapes",
        [("[1, 28, 28, 1]", "[28, 28, 1]")],
        "toPicture returns a batch of one picture",
        "What toPicture returns has the shape [28, 28, 1], expected [1, 28, 28, 1].",
    ),
    (
        "shapes",
        [(".div(255)", ".div(255).transpose([0, 2, 1, 3])")],
        "every byte is in its place",
        "The list of values is ",
    ),
    (
        "shapes",
        [(".div(255)", ".div(tf.tensor(bytes).max())")],
        "every byte is in its place",
        "The list of values is ",
    ),
    (
        "tidy",
        [("  return tf.tidy(() => {", "  {"), ("  });", "  }")],
        "50 calls leave nothing behind",
        "leaves 6 tensors behind, on average of 50 calls.",
    ),
    (
        "tidy",
        [
            (
                "return x.sub(mean).div(deviation)",
                "const result = x.sub(mean).div(deviation); x.dispose(); return result",
            )
        ],
        "the tensor that it is given stays alive",
        "standardise disposed of x",
    ),
    (
        "tidy",
        [
            (".div(deviation);", ".div(deviation).dataSync();"),
            ("const result = standardise(lengths);\nresult.print();", ""),
        ],
        "the mean becomes 0 and the deviation 1",
        "What standardise returns is a list of numbers (Float32Array), not a tensor.",
    ),
    (
        "tidy",
        [("    return x.sub", "    x.sub"), ("const result = standardise(lengths);\nresult.print();", "")],
        "the mean becomes 0 and the deviation 1",
        "What standardise returns is undefined; does the function return it?",
    ),
    (
        "good-enough",
        [("if (logs.loss < limit) neuron", "neuron")],
        "it stops after the right epoch",
        "epochs is 1, expected ",
    ),
    (
        "good-enough",
        [("neuron.stopTraining = true", "epoch")],
        "it stops after the right epoch",
        "epochs is 200, expected ",
    ),
    (
        "good-enough",
        [("if (logs.loss < limit)", "if (epoch === 99)")],
        "where the limit is never reached, it ends after 200 epochs",
        "With a limit of 0, epochs is 100, expected 200.",
    ),
    (
        "good-enough",
        [("  return { neuron,", "  await neuron.fit(features, labels, { epochs: 30 });\n  return { neuron,")],
        "the neuron is as it was then",
        "Its answer for x = 10 is ",
    ),
    (
        "neuron",
        [("await neuron.fit", "neuron.fit")],
        "its loss is below 0.01 on points that it has not seen",
        "The loss is ",
    ),
    (
        "neuron",
        [("sgd(0.05)", "sgd(5)")],
        "its loss is below 0.01 on points that it has not seen",
        "The loss is NaN.",
    ),
    (
        "neuron",
        [
            ("return neuron;", "return neuron.predict(features);"),
            ("const answer = neuron.predict(ten);\nanswer.print();", ""),
        ],
        "trainNeuron returns a model of one neuron",
        "The model is no model of tf.sequential or tf.model.",
    ),
    (
        "neuron",
        [("inputShape: [1] }));", "inputShape: [1], useBias: false }));")],
        "trainNeuron returns a model of one neuron",
        "The model has 1 parameter, expected a weight and a bias.",
    ),
    (
        "csv",
        [("kinds.indexOf(row[2])", "[...new Set(rows.map((one) => one[2]))].indexOf(row[2])")],
        "labels numbers the kinds",
        "labels is 0 at place 1 of",
    ),
    (
        "csv",
        [
            (
                "await model.fit(features, oneHot,",
                "const own = readCsv(csv);\n  await model.fit(own.features, own.oneHot,",
            )
        ],
        "the model names 90 % of 60 leaves that it has not seen",
        " % of them.",
    ),
    ("csv", [(".slice(1)", "")], "features has a row a leaf and two columns", "features has the shape ["),
    (
        "csv",
        [("Number(length), Number(width)", "Number(width), Number(length)")],
        "features holds the lengths and widths",
        "at place 1 of",
    ),
    (
        "csv",
        [(', "int32");', ");"), ("tf.oneHot(labels", 'tf.oneHot(labels.cast("int32")')],
        "labels numbers the kinds",
        "labels has the type float32, expected int32.",
    ),
    (
        "csv",
        [("tf.oneHot(labels, kinds.length)", "tf.oneHot(labels, 4)")],
        "oneHot has a one in the column of the kind",
        ", 4], expected [",
    ),
    (
        "csv",
        [("epochs: 50", "epochs: 1"), ("adam(0.05)", "sgd(0.000001)")],
        "the model names 90 % of 60 leaves that it has not seen",
        " % of them.",
    ),
    (
        "lilies",
        [
            (
                '["petals", "width", "kind"].map((name) => header.indexOf(name))',
                'header[0] === "petals" ? [0, 2, 1] : [1, 0, 2]',
            )
        ],
        "the header decides, not the order of the columns",
        "With the columns petals, width, kind, features is ",
    ),
    (
        "lilies",
        [("name === row[kind] ? 1 : 0", "name === row.at(-1) ? 1 : 0")],
        "oneHot has a one in the place of the kind",
        "With the columns petals, kind, width, oneHot is ",
    ),
    (
        "lilies",
        [("kinds.map((name) =>", "[...new Set(rows.map((one) => one[kind]))].map((name) =>")],
        "oneHot has a one in the place of the kind",
        "oneHot has the shape [",
    ),
    (
        "lilies",
        [('["petals", "width", "kind"].map((name) => header.indexOf(name))', "[0, 2, 1]")],
        "the header decides, not the order of the columns",
        "at place ",
    ),
    (
        "lilies",
        [("[Number(row[petals]), Number(row[width])]", "[Number(row[width]), Number(row[petals])]")],
        "petals and width are where they belong",
        "at place ",
    ),
    (
        "lilies",
        [("name === row[kind] ? 1 : 0", "name === row[kind] ? 0 : 1")],
        "oneHot has a one in the place of the kind",
        "at place ",
    ),
    (
        "lilies",
        [("epochs: 60", "epochs: 1"), ("adam(0.05)", "sgd(0.000001)")],
        "the model names at least 85 % of new lilies correctly",
        " % correctly.",
    ),
    (
        "head",
        [(', activation: "softmax"', "")],
        "it gives a probability for each class",
        "Some of the numbers lie below 0.",
    ),
    (
        "head",
        [("epochs: 30", "epochs: 1"), ("adam(0.02)", "sgd(0.001)")],
        "it names 90 % of samples that it has not seen",
        " % of them.",
    ),
    (
        "head",
        [
            (
                "  head.compile",
                '  head.add(tf.layers.dense({ units: classes, activation: "softmax" }));\n  head.compile',
            )
        ],
        "trainHead returns a head of one layer",
        "It has 2 layers",
    ),
    (
        "leak",
        [("    loss.dispose();\n", "")],
        "more steps do not leave more tensors behind",
        "Ten more steps leave 10 more tensors behind.",
    ),
    (
        "leak",
        [("  optimizer.dispose();\n", "")],
        "a whole call leaves nothing behind",
        "A call of train leaves 1 tensor behind",
    ),
    (
        "leak",
        [
            (
                "    losses.push((await loss.data())[0]);\n    loss.dispose();\n",
                "    loss.dispose();\n    losses.push((await loss.data())[0]);\n",
            ),
            ("const { slope, intercept } = await train(x, y, 100);\n", ""),
            (
                "console.log(`y = ${slope.toFixed(2)} x + ${intercept.toFixed(2)}`, tf.memory().numTensors);",
                "",
            ),
        ],
        "it still finds the line",
        "train(…) stopped with an error: Tensor is disposed. This tensor was freed before",
    ),
    (
        "leak",
        [("losses.push((await loss.data())[0]);", "losses.push(1 / (step + 1));")],
        "it still gives the loss of each step, as numbers that fall",
        "The first loss is 1, expected ",
    ),
    (
        "leak",
        [("    losses.push((await loss.data())[0]);\n", "")],
        "it still gives the loss of each step, as numbers that fall",
        "losses holds 0 numbers, expected 30.",
    ),
    (
        "leak",
        [("tf.dispose([weight, bias]);", "tf.dispose([weight, bias, features, labels]);")],
        "features and labels stay alive",
        "train disposed of a tensor that its caller still needs.",
    ),
]


@pytest.mark.parametrize(
    ("name", "edits", "check", "phrase"), WRONG, ids=[f"{row[0]}: {row[3]}" for row in WRONG]
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(
    judge: Judge, name: str, edits: list[tuple[str, str]], check: str, phrase: str
) -> None:
    exercise = ALL[name]
    verdicts = {one["name"]: one for one in judge(changed(exercise, *edits), exercise.checks)["verdicts"]}

    assert verdicts[check]["state"] == "not yet"
    assert phrase in verdicts[check]["why"]


@pytest.mark.parametrize(("name", "code"), OTHERWISE, ids=[name for name, _ in OTHERWISE])
def test_a_right_answer_in_another_form_passes(judge: Judge, name: str, code: str) -> None:
    verdicts = judge(code, ALL[name].checks)["verdicts"]

    assert [(one["name"], one["state"], one.get("why")) for one in verdicts] == [
        (check, "pass", None) for check in ALL[name].names
    ]


def test_every_exercise_is_solved_in_another_form_too() -> None:
    assert {name for name, _ in OTHERWISE} == set(ALL)


def test_at_least_three_wrong_answers_stand_for_every_exercise() -> None:
    assert {name: 3 for name in ALL if [row[0] for row in WRONG].count(name) < 3} == {}


CHECK_DOUBLE = """\
check("double(3) is 6", async () => close(await call("double", [tf.scalar(3)]), 6));
check("it leaks nothing", () => leaksNothing(() => call("double", [3])));
check("it is a scalar", async () => shape(await call("double", [3]), []));
"""
WRONG_DOUBLE = "function double(x) { return tf.add(x, 1); }\n"


@pytest.mark.parametrize(
    "trick",
    [
        "const close = () => true, check = () => {}, call = () => 6, expect = () => {};",
        "Math.abs = () => 0;",
        "Number.isFinite = () => true; Array.isArray = () => false;",
        "tf.Tensor.prototype.data = async () => [6]; tf.Tensor.prototype.dataSync = () => [6];",
        "globalThis.tf = { ...tf, memory: () => ({ numTensors: 0 }) }; Array.prototype.findIndex = () => -1;",
        "Promise.race = () => true;",
        "globalThis.prepareChecks = () => {}; Object.assign(globalThis, { close() {}, check() {} });",
    ],
)
def test_what_replaces_helpers_does_not_pass(judge: Judge, trick: str) -> None:
    result = judge(WRONG_DOUBLE + trick, CHECK_DOUBLE)

    assert result["verdicts"][0] == {
        "name": "double(3) is 6",
        "state": "not yet",
        "why": "The value is 4, expected 6.",
    }


def test_functions_of_tensorflow_cannot_be_replaced(judge: Judge) -> None:
    result = judge("tf.memory = () => ({ numTensors: 0 });", CHECK_DOUBLE)

    assert result["ok"] is False
    assert result["verdicts"] == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "There is no double yet. Declare it at the top level, under this very name."),
        ("const double = 6;", "double is no function yet. Write function double(…) { … }."),
        (
            "const double = () => tf.tensor1d([[1]]);",
            "double(…) stopped with an error: tensor1d() requires values",
        ),
        ("const double = () => { throw 5; };", "double(…) stopped with an error: 5"),
        ("const double = () => null;", "The value is null."),
        (
            "const double = () => tf.tidy(() => { tf.scalar(6); });",
            "The value is undefined; does the function return it?",
        ),
        (
            "const double = () => { const x = tf.scalar(6); x.dispose(); return x; };",
            "The value was disposed before it could be read.",
        ),
        ("const double = () => [tf.scalar(6)];", "The value has the shape [1], expected []."),
        ("const double = () => NaN;", "The value is NaN, expected 6."),
        ("const double = () => new Promise(() => {});", "This took longer than 1 s"),
    ],
)
def test_every_way_to_fail_has_a_sentence(judge: Judge, code: str, why: str) -> None:
    check = 'check("double", async () => close(await call("double"), 6), { seconds: 1 });'
    result = judge(code or "1;", check)

    assert result["verdicts"][0]["state"] == "not yet"
    assert result["verdicts"][0]["why"].startswith(why)


def test_a_check_that_fails_by_itself_says_so(judge: Judge) -> None:
    [verdict] = judge("1;", 'check("broken", () => nowhere.to.be);')["verdicts"]

    assert verdict["state"] == "not yet"
    assert verdict["why"].startswith("The check stopped: nowhere is not defined")


def test_checks_free_what_they_make(judge: Judge) -> None:
    checks = """\
check("makes some", () => { tf.scalar(1); tf.ones([3]); });
check("sees none", () => expect(tf.memory().numTensors === 0, `${tf.memory().numTensors} tensors are alive.`));
"""
    assert [verdict["state"] for verdict in judge("1;", checks)["verdicts"]] == ["pass", "pass"]


def test_the_layers_and_the_accuracy_of_a_model_can_be_asked(judge: Judge) -> None:
    code = """\
const model = tf.sequential();
model.add(tf.layers.dense({ units: 2, inputShape: [2], activation: "softmax" }));
model.layers[0].setWeights([tf.tensor2d([[9, 0], [0, 9]]), tf.zeros([2])]);
const gate = tf.sequential();
gate.add(tf.layers.dense({ units: 1, inputShape: [1], activation: "sigmoid" }));
gate.layers[0].setWeights([tf.tensor2d([[9]]), tf.zeros([1])]);
"""
    checks = """\
check("layers", () => {
  const [layer, ...others] = layers(get("model"));
  expect(others.length === 0, "more");
  expect(layer.kind === "Dense" && layer.units === 2 && layer.activation === "softmax", JSON.stringify(layer));
  expect(layer.parameters === 6 && layer.outputShape.join() === ",2", JSON.stringify(layer));
});
check("accuracy", async () => {
  const share = await accuracy(get("model"), { features: [[1, 0], [0, 1], [1, 0], [0, 1]], labels: [0, 1, 1, 1] });
  expect(share === 0.75, `${share}`);
});
check("one output", async () => {
  const share = await accuracy(get("gate"), { features: [[1], [-1]], labels: [1, 0] });
  expect(share === 1, `${share}`);
});
check("no model", () => layers(5));
"""
    verdicts = judge(code, checks)["verdicts"]

    assert [verdict.get("why") for verdict in verdicts[:3]] == [None, None, None]
    assert verdicts[3]["why"] == "The model is no model of tf.sequential or tf.model."


def test_two_runs_see_different_numbers(judge: Judge) -> None:
    numbers = "${random(0, 1)} ${normal(0, 1)} ${whole(1000)} ${shuffled([1, 2, 3, 4, 5, 6, 7])}"
    check = f'check("numbers", () => expect(false, `{numbers}`));'
    said = {judge("1;", check)["verdicts"][0]["why"] for _ in range(2)}

    assert len(said) == 2
