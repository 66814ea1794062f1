"""The parts of the gesture trainer that need no page: rules, split, samples, head, zip files. Run by Node.js."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from course_utils.node import node_path
from tests.conftest import ROOT

LAB = ROOT / "book" / "_static" / "lab"


def run(code: str, *imports: str) -> object:
    """The value that a piece of JavaScript returns, which sees each module of lab/ by its last name."""
    lines = [f"import * as {Path(path).stem} from {json.dumps((LAB / path).as_uri())};" for path in imports]
    script = "\n".join(
        [*lines, f"const value = await (async () => {{ {code} }})();", "console.log(JSON.stringify(value));"]
    )
    done = subprocess.run(
        [node_path(), "--input-type=module", "-"], input=script, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- the game


def test_each_move_beats_as_many_as_it_loses_to() -> None:
    for moves, wins in (("CLASSIC", 1), ("EXTENDED", 2)):
        table = run(
            f"return rules.{moves}.map((mine) => rules.{moves}.map((theirs) => rules.judge(mine, theirs).winner));",
            "gestures/rules.js",
        )
        for i, row in enumerate(table):
            assert row.count("reader") == row.count("computer") == wins
            assert row[i] == "nobody"
            assert all(
                (row[j] == "reader") == (table[j][i] == "computer") for j in range(len(table)) if j != i
            )


@pytest.mark.parametrize(
    ("mine", "theirs", "winner", "text"),
    [
        ("paper", "rock", "reader", "Paper wraps rock."),
        ("rock", "paper", "computer", "Paper wraps rock."),
        ("scissors", "paper", "reader", "Scissors cut paper."),
        ("rock", "scissors", "reader", "Rock blunts scissors."),
        ("rock", "lizard", "reader", "Rock crushes lizard."),
        ("lizard", "spock", "reader", "Lizard poisons Spock."),
        ("spock", "scissors", "reader", "Spock smashes scissors."),
        ("scissors", "lizard", "reader", "Scissors behead lizard."),
        ("lizard", "paper", "reader", "Lizard eats paper."),
        ("paper", "spock", "reader", "Paper disproves Spock."),
        ("spock", "rock", "reader", "Spock vaporises rock."),
        ("spock", "spock", "nobody", "Both show Spock."),
    ],
)
def test_a_round_says_who_wins_and_why(mine: str, theirs: str, winner: str, text: str) -> None:
    assert run(f"return rules.judge('{mine}', '{theirs}');", "gestures/rules.js") == {
        "winner": winner,
        "text": text,
    }


def test_the_game_is_that_of_the_classes() -> None:
    assert run(
        """return [["rock", " Paper", "SCISSORS"], ["rock", "paper", "scissors", "nothing"], ["rock", "paper"],
          ["Spock", "Lizard", "rock", "paper", "scissors"], ["a", "b"]].map((names) => rules.movesOf(names).length);""",
        "gestures/rules.js",
    ) == [3, 3, 0, 5, 0]


def test_the_computer_draws_by_lot_and_the_score_counts() -> None:
    picks = run(
        """const match = rules.createMatch(random.seededUniform(3));
        for (let i = 0; i < 3000; i += 1) match.play("rock", rules.CLASSIC);
        const drawn = (move) => match.rounds.filter(({ theirs }) => theirs === move).length;
        const counts = Object.fromEntries(rules.CLASSIC.map((move) => [move, drawn(move)]));
        const score = match.score;
        match.restart();
        return { counts, score, after: match.score };""",
        "gestures/rules.js",
        "random.js",
    )
    assert all(900 < count < 1100 for count in picks["counts"].values())
    assert picks["score"] == {
        "reader": picks["counts"]["scissors"],
        "computer": picks["counts"]["paper"],
        "draws": picks["counts"]["rock"],
    }
    assert picks["after"] == {"reader": 0, "computer": 0, "draws": 0}


def test_several_predictions_speak_together() -> None:
    found = run("return rules.verdict([[0.4, 0.6, 0], [0.9, 0.1, 0], [0.2, 0.5, 0.3]]);", "gestures/rules.js")
    assert found["index"] == 0
    assert found["share"] == pytest.approx(0.5)


# ---- the split


def split(bursts: list[list[int]], seed: int = 1) -> tuple[dict, list[dict]]:
    """The split of samples given as the sizes of each class's bursts."""
    samples, number = [], 0
    for label, sizes in enumerate(bursts):
        for size in sizes:
            number += 1
            samples += [{"label": label, "burst": number}] * size
    return run(f"return split.splitByBursts({json.dumps(samples)}, {seed});", "gestures/split.js"), samples


@pytest.mark.parametrize(
    "bursts",
    [
        [[10] * 5, [10] * 5, [10] * 5],
        [[40, 10, 10], [5] * 12, [30, 12, 8, 7]],
        [[1] * 20, [1] * 20],
        [[25, 6], [30, 8]],
    ],
)
def test_whole_bursts_are_held_back(bursts: list[list[int]]) -> None:
    found, samples = split(bursts)
    assert sorted(found["train"] + found["test"]) == list(range(len(samples)))
    assert found["unused"] == found["cut"] == []
    of = {part: {samples[i]["burst"] for i in found[part]} for part in ("train", "test")}
    assert of["train"] & of["test"] == set()
    for label, sizes in enumerate(bursts):
        held = sum(samples[i]["label"] == label for i in found["test"])
        assert 0.1 * sum(sizes) <= held <= 0.4 * sum(sizes)


def test_a_single_burst_is_cut_with_a_gap_and_said_to_be() -> None:
    found, samples = split([[50], [10] * 5])
    assert found["cut"] == [0]
    assert found["test"][:10] == list(range(40, 50))
    assert found["unused"] == [37, 38, 39]
    assert len(found["train"]) + len(found["test"]) + len(found["unused"]) == len(samples)


@pytest.mark.parametrize("sizes", [[1], [2], [3], [4], [30, 30], [1, 1], [100, 1]])
def test_every_class_keeps_something_to_learn_from(sizes: list[int]) -> None:
    found, samples = split([sizes, [10] * 5])
    for label in (0, 1):
        assert any(samples[i]["label"] == label for i in found["train"])
    everything = found["train"] + found["test"] + found["unused"]
    assert sorted(everything) == list(range(len(samples)))


def test_another_seed_holds_back_other_bursts() -> None:
    assert len({tuple(split([[5] * 10, [5] * 10], seed)[0]["test"]) for seed in range(5)}) > 1


# ---- samples


def test_a_class_that_goes_takes_its_samples_along() -> None:
    assert run(
        """const all = samples.createSamples(2, ["a", "b", "c"]);
        const vector = (value) => Float32Array.of(value, value);
        [0, 1, 2, 2].forEach((label, i) => all.add(label, all.newBurst(), vector(i), [vector(9)]));
        const before = [all.counts, all.vectors, all.bytes];
        all.removeClass(1);
        all.remove(1);
        const { features, labels, count } = samples.flatten(all.all, 2, { augmented: true });
        return [before, all.names, all.counts, [...features], [...labels], count];""",
        "gestures/samples.js",
    ) == [
        [[1, 1, 2], 8, 64],
        ["a", "c"],
        [0, 2],
        [2, 2, 9, 9, 3, 3, 9, 9],
        [1, 1, 1, 1],
        4,
    ]


# ---- the head


def test_the_head_computes_what_dense_layers_compute() -> None:
    random = np.random.default_rng(0)
    kernels = [random.normal(size=(6, 4)), random.normal(size=(4, 3))]
    biases = [random.normal(size=4), random.normal(size=3)]
    features = random.normal(size=6)
    head = [
        {"units": k.shape[1], "activation": a, "kernel": k.ravel().tolist(), "bias": b.tolist()}
        for k, b, a in zip(kernels, biases, ("relu", "softmax"), strict=True)
    ]
    found = run(
        f"return [...head.predict({json.dumps(head)}, {features.tolist()})];",
        "gestures/head.js",
    )
    sums = np.maximum(features @ kernels[0] + biases[0], 0) @ kernels[1] + biases[1]
    expected = np.exp(sums - sums.max()) / np.exp(sums - sums.max()).sum()
    assert found == pytest.approx(expected.tolist(), abs=1e-6)


def test_features_are_centred_and_scaled_by_one_number() -> None:
    [mean, scale] = run(
        """const { mean, scale } = head.standardisation(Float32Array.of(1, 5, 3, 5), 2);
        return [[...mean], scale];""",
        "gestures/head.js",
    )
    assert mean == [2, 5]
    assert scale == pytest.approx(np.sqrt(2))


def test_time_to_train_hardly_grows_with_the_data() -> None:
    plans = run(
        "return [20, 60, 300, 1000, 3000, 9000].map((count) => ({ count, ...head.schedule(count) }));",
        "gestures/head.js",
    )
    for plan in plans:
        steps = plan["epochs"] * -(-plan["count"] // plan["batchSize"])
        assert steps <= max(420, 10 * plan["count"] / 64 + 10)
        assert plan["epochs"] >= 10


# ---- zip files


def test_python_reads_our_zip_files_and_we_read_pythons(tmp_path: Path) -> None:
    ours = bytes(
        run(
            'return [...zip.writeZip({ "a.json": "{\\"ä\\": 1}", "folder/b.bin": Uint8Array.of(0, 1, 255) })];',
            "zip.js",
        )
    )
    with zipfile.ZipFile(io.BytesIO(ours)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("a.json")) == {"ä": 1}
        assert archive.read("folder/b.bin") == b"\x00\x01\xff"
    theirs = io.BytesIO()
    with zipfile.ZipFile(theirs, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/long.txt", "hello " * 500)
    assert run(
        f"""const files = await zip.readZip(Uint8Array.from({list(theirs.getvalue())}).buffer);
        return [...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]);""",
        "zip.js",
    ) == [["folder/long.txt", "hello " * 500]]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("bytes.slice(0, 40)", "it is no zip file"),
        ("(bytes[40] ^= 1, bytes)", "a.bin in the zip file is damaged"),
        ("(bytes[bytes.length - 6] = 200, bytes)", "the zip file"),
        ("new Uint8Array(0)", "it is no zip file"),
    ],
)
def test_a_damaged_zip_file_is_refused(damage: str, words: str) -> None:
    said = run(
        f"""let bytes = zip.writeZip({{ "a.bin": new Uint8Array(100) }});
        bytes = {damage};
        try {{ await zip.readZip(Uint8Array.from(bytes).buffer); return "read"; }}
        catch (error) {{ return error.message; }}""",
        "zip.js",
    )
    assert words in said
