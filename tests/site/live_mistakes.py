"""The commonest mistakes with TensorFlow.js as a reader makes them, and words of the sentence that answers each."""

from __future__ import annotations

from dataclasses import dataclass

CLASSIFIER = """\
const model = tf.sequential();
model.add(tf.layers.dense({ units: 3, inputShape: [4], activation: "softmax" }));
model.compile({ loss: LOSS, optimizer: "sgd" });
"""
ONE_HOT = CLASSIFIER.replace("LOSS", '"categoricalCrossentropy"')
SPARSE = CLASSIFIER.replace("LOSS", '"sparseCategoricalCrossentropy"')
UNCOMPILED = CLASSIFIER.replace('model.compile({ loss: LOSS, optimizer: "sgd" });\n', "")


@dataclass(frozen=True)
class Mistake:
    """Code with a mistake in its last line or in `line`, and what is said of it."""

    id: str
    code: str
    says: str
    line: int | None = None


MISTAKES = [
    Mistake(
        "matmul", "tf.ones([2, 3]).matMul(tf.ones([2, 3]));", "The columns of the left tensor (3, of [2, 3])"
    ),
    Mistake(
        "matmul-one-axis", "tf.ones([2, 3]).matMul(tf.tensor1d([1, 2, 3]));", ".reshape([3, 1]) for a column"
    ),
    Mistake("add-shapes", "tf.ones([2, 3]).add(tf.ones([2, 4]));", "counted from the right"),
    Mistake(
        "reshape", "tf.ones([2, 3]).reshape([4, 2]);", "the number of values, which is 6, and [4, 2] has 8"
    ),
    Mistake("tensor2d-flat", "tf.tensor2d([1, 2, 3, 4]);", "tf.tensor2d(values, [rows, columns])"),
    Mistake("tensor2d-values", "tf.tensor2d([1, 2, 3], [2, 2]);", "holds 4 values and you gave 3"),
    Mistake("ragged", "tf.tensor2d([[1, 2], [3]]);", "row 1 (counted from 0) has 1 values where 2"),
    Mistake("tensor1d-nested", "tf.tensor1d([[1, 2], [3, 4]]);", "use tf.tensor2d"),
    Mistake("one-hot-floats", "tf.oneHot(tf.tensor1d([0, 1]), 2);", "oneHot wants whole numbers (int32)"),
    Mistake("text", 'tf.tensor1d("1,2,3".split(",")).mul(2);', "values.map(Number)"),
    Mistake("bool", "tf.logicalAnd(tf.tensor1d([1]), tf.tensor1d([0]));", "x.greater(0)"),
    Mistake(
        "undefined-operand", "const settings = {};\ntf.scalar(1).mul(settings.rate);", "undefined or null"
    ),
    Mistake("disposed", "const gone = tf.scalar(1);\ngone.dispose();\ngone.add(1);", "was freed before"),
    Mistake(
        "tidy-async",
        "const late = await tf.tidy(async () => tf.scalar(1).add(1));\nlate.print();",
        "tf.tidy cannot wait",
    ),
    Mistake(
        "misspelt-function", 'await tf.loadLayerModel("model.json");', "did you mean tf.loadLayersModel?"
    ),
    Mistake("misspelt-layer", "tf.layers.densse({ units: 1 });", "did you mean tf.layers.dense?"),
    Mistake("misspelt-optimizer", "tf.train.adamm(0.1);", "did you mean tf.train.adam?"),
    Mistake("misspelt-method", "const x = tf.ones([2, 3]);\nx.argmax(1);", "did you mean x.argMax?"),
    Mistake("python-method", "const x = tf.ones([2]);\nx.multiply(2);", "did you mean x.mul?"),
    Mistake(
        "not-compiled", f"{UNCOMPILED}await model.fit(tf.zeros([2, 4]), tf.zeros([2, 3]));", "model.compile({"
    ),
    Mistake(
        "lengths", f"{ONE_HOT}await model.fit(tf.zeros([2, 4]), tf.zeros([3, 3]));", "2 examples and 3 labels"
    ),
    Mistake(
        "input-shape",
        f"{ONE_HOT}await model.fit(tf.zeros([2, 5]), tf.zeros([2, 3]));",
        "examples of shape [4] (its inputShape)",
    ),
    Mistake(
        "labels-not-one-hot",
        f"{ONE_HOT}await model.fit(tf.zeros([2, 4]), tf.tensor1d([0, 1]));",
        "tf.oneHot(labels, 3)",
    ),
    Mistake(
        "labels-one-hot",
        f"{SPARSE}await model.fit(tf.zeros([2, 4]), tf.zeros([2, 3]));",
        "categoricalCrossentropy",
    ),
    Mistake(
        "labels-int",
        f'{SPARSE}await model.fit(tf.zeros([2, 4]), tf.tensor1d([0, 1], "int32"));',
        "labels as float32",
    ),
    Mistake(
        "label-units",
        f"{ONE_HOT}await model.fit(tf.zeros([2, 4]), tf.zeros([2, 2]));",
        "The last layer gives [3]",
    ),
    Mistake("fit-lists", f"{ONE_HOT}await model.fit([[1, 2, 3, 4]], [[1, 0, 0]]);", "fit wants tensors"),
    Mistake("predict-one", f"{ONE_HOT}model.predict(tf.zeros([4]));", "x.expandDims(0), which makes [1, 4]"),
    Mistake("predict-shape", f"{ONE_HOT}model.predict(tf.zeros([2, 5]));", "The model wants [examples, 4]"),
    Mistake("predict-list", f"{ONE_HOT}model.predict([1, 2, 3, 4]);", "predict wants a tensor"),
    Mistake(
        "predict-rank",
        "const net = tf.sequential();\n"
        "net.add(tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3 }));\n"
        "net.predict(tf.zeros([8, 8, 1]));",
        "which makes [1, 8, 8, 1]",
    ),
    Mistake(
        "model-disposed",
        f"{ONE_HOT}model.dispose();\nmodel.predict(tf.zeros([1, 4]));",
        "freed with dispose()",
    ),
    Mistake(
        "first-layer",
        "const net = tf.sequential();\nnet.add(tf.layers.dense({ units: 1 }));\nnet.predict(tf.zeros([1, 1]));",
        "inputShape: [1]",
        line=2,
    ),
    Mistake("no-units", "tf.layers.dense({ inputShape: [1] });", "The layer needs units"),
    Mistake(
        "loss-name",
        f'{UNCOMPILED}model.compile({{ loss: "meanSquareError", optimizer: "sgd" }});',
        "did you mean “meanSquaredError”?",
    ),
    Mistake("activation-name", 'tf.layers.dense({ units: 1, activation: "Relu" });', "did you mean “relu”?"),
    Mistake(
        "no-optimizer",
        f'{UNCOMPILED}model.compile({{ loss: "meanSquaredError" }});',
        "compile needs an optimizer",
    ),
    Mistake(
        "no-gradient",
        "tf.train.sgd(0.1).minimize(() => tf.variable(tf.scalar(1)) && tf.scalar(1).square());",
        "numbers read with data() cut the connection",
    ),
    Mistake(
        "data-not-awaited",
        "const numbers = tf.tensor1d([1]).data();\nnumbers[0].toFixed(2);",
        "write await in front",
    ),
    Mistake(
        "model-not-awaited",
        'const loaded = tf.loadLayersModel("/nowhere/model.json");\nloaded.catch(() => {});\n'
        "loaded.predict(tf.zeros([1, 1]));",
        "write await in front",
    ),
    Mistake(
        "fit-not-awaited",
        f"{ONE_HOT}const history = model.fit(tf.zeros([2, 4]), tf.zeros([2, 3]));\nhistory.history.loss;",
        "write await in front",
    ),
    Mistake(
        "number-of-tensor", "const loss = tf.scalar(1);\nloss.toFixed(2);", "const [number] = await x.data();"
    ),
    Mistake("from-pixels", 'tf.browser.fromPixels("cat.png");', "OffscreenCanvas"),
    Mistake("model-404", 'await tf.loadLayersModel("/nowhere/model.json");', "the server answered 404"),
    Mistake("model-html", 'await tf.loadLayersModel("/book/page.html");', "lies no model but something else"),
    Mistake("storage", f'{UNCOMPILED}await model.save("localstorage://mine");', "no storage of the browser"),
    Mistake("kernel", 'tf.engine().runKernel("Dance", { x: tf.scalar(1) });', "cannot do Dance"),
    Mistake("backend", 'await tf.setBackend("webgll");', "webgl is what you can choose"),
    Mistake("const", "const rate = 1;\nrate = 2;", "rate was declared with const"),
    Mistake("twice", "let rate = 1;\nlet rate = 2;", "rate is declared twice", line=2),
    Mistake("near-name", "const features = 1;\nfeature + 1;", "did you mean features?"),
    Mistake("layer-name", "sequential();", "write tf.sequential"),
    Mistake("unknown-name", "somethingElse + 1;", "declared in no cell that has run"),
    Mistake("python-name", "const done = True;", "True is Python. In JavaScript: true."),
    Mistake("document", 'document.title = "mine";', "runs apart from the page"),
    Mistake("await-in-function", "const read = () => { await tf.scalar(1).data(); };", "marked async"),
    Mistake("brackets", "console.log(1;", "missing or extra bracket"),
    Mistake("python", "def double(x):\n  return 2 * x", "This looks like Python", line=1),
    Mistake("foreign-address", 'await fetch("https://example.com/data.csv");', "Nothing leaves this page"),
    Mistake(
        "name-taken",
        'let a = 1;\nconst URL = "https://a.example/data.csv";',
        "choose another name, such as myURL",
    ),
    Mistake("name-in-loop", "for (const x of [1]) { var performance = x; }", "choose another name"),
    Mistake("own-tf", "const tf = 1;", "leave this line out"),
    Mistake("return", "const loss = 1;\nreturn loss;", "return stands only in a function"),
    Mistake("html", '<script src="tf.min.js"></script>', "TensorFlow.js needs no script tag"),
    Mistake("python-comment", "# the model", "a comment begins with //"),
    Mistake("tfjs-vis", "tfvis.visor();", "callbacks: show.fit()"),
    Mistake("node", 'const tfjs = require("@tensorflow/tfjs");', "require belongs to Node.js"),
    Mistake("other-library", '$("#output").text("1");', "$ comes from another library"),
    Mistake("worker", 'new Worker("train.js");', "Worker is not there"),
    Mistake("camera", "await navigator.mediaDevices.getUserMedia({ video: true });", "has no camera"),
    Mistake("download", f'{UNCOMPILED}await model.save("downloads://mine");', "reaches no files"),
    Mistake("undefined-owner", "const logs = {};\nlogs.accuracy.toFixed(2);", "print it with console.log"),
    Mistake("endless", "const again = () => again() + 1;\nagain();", "calls itself without an end", line=1),
    Mistake("import", 'import d3 from "d3";', "TensorFlow.js is there as tf"),
]
#: What is no error but is answered as well.
NOTES = [
    Mistake("promise-shown", "tf.scalar(1).data();", "This is a promise, not its value"),
    Mistake("promise-printed", "console.log(`${tf.scalar(1).data()}`);", "This is a promise, not its value"),
    Mistake(
        "callbacks-mixed",
        f"{ONE_HOT}await model.fit(tf.zeros([2, 4]), tf.zeros([2, 3]), {{\n"
        '  callbacks: [{ onEpochEnd() {} }, tf.callbacks.earlyStopping({ monitor: "loss" })],\n'
        "});",
        "new tf.CustomCallback({ … })",
    ),
    Mistake(
        "fit-left-running",
        f"{ONE_HOT}const running = model.fit(tf.zeros([2, 4]), tf.zeros([2, 3]), {{ epochs: 3 }});",
        "still training",
    ),
    Mistake(
        "nan",
        "const net = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });\n"
        'net.compile({ loss: "meanSquaredError", optimizer: tf.train.sgd(100) });\n'
        "await net.fit(tf.tensor2d([[1000], [2000]]), tf.tensor2d([[1], [2]]), { epochs: 20 });",
        "Lower the learning rate",
    ),
]
