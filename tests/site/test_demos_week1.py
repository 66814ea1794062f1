"""The demos of week 1, worked by keyboard, mouse and touch in a real browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site.demo_stage import OpenDemo, ask, demo_stage, press, status
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

DEMOS = ("line-fit", "optimizer-race", "tfjs-neuron")


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def shared(tab: Page, name: str) -> object:
    """What the demo has sent to its host: it sends eight times a second, later on a busy machine."""
    tab.wait_for_timeout(500)
    return tab.evaluate(f"values.{name}")


def handle(tab: Page, label: str) -> object:
    return tab.get_by_role("slider", name=label, exact=True)


def drag(tab: Page, label: str, dx: float, dy: float) -> None:
    """By mouse, in several moves."""
    box = handle(tab, label).locator(".lab-handle-body").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + dx / 2, y + dy / 2)
    tab.mouse.move(x + dx, y + dy)
    tab.mouse.up()


# ---- line-fit


def test_gradient_descent_finds_the_line_through_the_points(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit")
    press(tab, "Run")
    assert re.match(r"Settled after \d+ steps: weight 2\.00, bias −1\.00, loss 0\.000\.", status(tab))
    assert shared(tab, "weight") == pytest.approx(2, abs=0.01)
    assert shared(tab, "bias") == pytest.approx(-1, abs=0.01)
    assert shared(tab, "loss") == pytest.approx(0, abs=1e-4)


def test_running_animates_and_can_be_paused(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit", motion="no-preference")
    press(tab, "Run")
    tab.wait_for_function("() => Number(document.querySelectorAll('dd')[1].textContent) >= 3")
    press(tab, "Pause")
    weight = shared(tab, "weight")
    assert -1 < weight < 1.9
    assert shared(tab, "weight") == weight


def test_one_step_is_the_learning_rate_times_the_slope(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit", {"points": [[1, 1], [2, 3]], "weight": 0, "bias": 0, "learning_rate": 0.1})
    press(tab, "Step")
    # Slopes of mean((w·x + b − y)²) at 0, 0: by w, 2·mean(−x·y) = −7; by b, 2·mean(−y) = −4.
    assert shared(tab, "weight") == pytest.approx(0.7)
    assert shared(tab, "bias") == pytest.approx(0.4)
    assert shared(tab, "loss") == pytest.approx(((1.1 - 1) ** 2 + (1.8 - 3) ** 2) / 2)


def test_too_large_a_learning_rate_is_said_to_diverge(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit", {"learning_rate": 0.5})
    assert "will diverge here: below 0.18 it settles" in status(tab)
    press(tab, "Run")
    assert "it diverges" in status(tab)
    assert "below 0.18 settles" in status(tab)
    press(tab, "Reset")
    assert "Back at the start" in status(tab)
    assert shared(tab, "weight") == -1


def test_the_largest_learning_rate_is_where_descent_turns(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit")
    limit = ask(tab, "line-fit", "m.largestRate(m.moments([[-1,-3],[0,-1],[1,1],[2,3],[3,5],[4,7]]))")
    for factor, grows in ((0.98, False), (1.02, True)):
        ends = ask(
            tab,
            "line-fit",
            f"""(() => {{
              const means = m.moments([[-1,-3],[0,-1],[1,1],[2,3],[3,5],[4,7]]);
              let [w, b] = [1, 1];
              for (let i = 0; i < 3000; i += 1) {{
                const [dw, db] = m.gradient(means, w, b);
                w -= {limit * factor} * dw;
                b -= {limit * factor} * db;
              }}
              return m.meanSquaredError(means, w, b);
            }})()""",
        )
        assert (ends is None or ends > 10) == grows


def test_points_move_by_keys_are_added_and_removed(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit")
    handle(tab, "Point 1").focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Shift+ArrowRight")
    assert shared(tab, "points")[0] == pytest.approx([-0.5, -2.75])
    expect(handle(tab, "Point 1")).to_have_attribute("aria-valuetext", "x −0.5, y −2.8")
    tab.keyboard.press("Delete")
    assert len(shared(tab, "points")) == 5
    expect(handle(tab, "Point 1")).to_be_focused()
    press(tab, "Add a point")
    assert len(shared(tab, "points")) == 6
    expect(handle(tab, "Point 6")).to_be_focused()
    press(tab, "Remove")
    assert shared(tab, "points") == [[0, -1], [1, 1], [2, 3], [3, 5], [4, 7]]


def test_the_last_point_stays(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit", {"points": [[1, 2]]})
    press(tab, "Remove")
    assert "One point must stay" in status(tab)
    assert shared(tab, "points") == [[1, 2]]


def test_a_press_on_the_empty_plot_adds_a_point_there(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit")
    box = tab.locator(".lab-plot-background").first.bounding_box()
    tab.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.75)
    added = shared(tab, "points")[-1]
    assert added == pytest.approx([-2 + 0.9 * 7, 10 - 0.75 * 16], abs=0.15)


def test_points_line_and_marker_are_dragged(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit")
    before = shared(tab, "points")[0]
    drag(tab, "Point 1", 30, -40)
    after = shared(tab, "points")[0]
    assert after[0] > before[0] + 0.2
    assert after[1] > before[1] + 1
    drag(tab, "Line, up or down: the bias", 0, 30)
    assert shared(tab, "bias") < 3.5
    assert shared(tab, "weight") == -1
    bias = shared(tab, "bias")
    drag(tab, "Line, tilt: the weight", 0, -60)
    assert shared(tab, "weight") > -0.8
    assert shared(tab, "bias") == bias
    drag(tab, "Weight and bias", 50, 0)
    assert shared(tab, "weight") > 0


def test_of_two_points_close_together_the_nearer_is_taken(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit", {"points": [[1, 1], [1.3, 1], [4, 7]]})
    # A press beside the first point, away from the second, lies within the touch areas of both.
    box = handle(tab, "Point 1").locator(".lab-handle-body").bounding_box()
    tab.mouse.move(box["x"] - 3, box["y"] + 6)
    tab.mouse.down()
    tab.mouse.move(box["x"] - 3, box["y"] - 40)
    tab.mouse.up()
    first, second, _ = shared(tab, "points")
    assert first[1] > 2
    assert second == [1.3, 1]


def test_what_the_host_sets_is_shown(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit")
    tab.evaluate("change('weight', 2)")
    tab.evaluate("change('bias', -1)")
    expect(tab.locator(".lab-formula")).to_have_text("y = 2.00 · x − 1.00")
    assert shared(tab, "loss") == pytest.approx(0, abs=1e-9)
    tab.evaluate("change('points', [[0, 0], [1, 1], [12, 12]])")
    expect(tab.locator(".lab-handle", has=tab.locator("circle")).first).to_be_visible()
    assert shared(tab, "loss") == pytest.approx((1 + 0 + 121) / 3)


def test_the_numbers_behind_the_picture_can_be_read(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit", {"points": [[1, 1], [2, 3]], "weight": 1, "bias": 1})
    tab.get_by_text("The points and their errors as numbers").click()
    rows = tab.locator(".lab-table").first.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_have_text("1.001.002.001.001.00")


def test_compact_leaves_run_and_reset(open_demo: OpenDemo) -> None:
    tab = open_demo("line-fit", {"compact": True})
    assert tab.get_by_role("button").all_inner_texts() == ["Run", "Reset"]
    press(tab, "Run")
    assert "Settled" in status(tab)


# ---- optimizer-race


@pytest.mark.parametrize(
    ("surface", "words"),
    [
        (
            "valley",
            r"Adam wins: arrived after \d+ steps; RMSprop after \d+, Momentum after \d+, SGD after \d+\.",
        ),
        ("ravine", r"Momentum wins: arrived"),
        ("saddle", r"\w+ wins: arrived"),
        ("basins", r"Momentum wins: .* SGD, RMSprop and Adam did not arrive\."),
        ("noisy", r"\w+ wins: arrived"),
    ],
)
def test_the_race_names_its_winner(open_demo: OpenDemo, surface: str, words: str) -> None:
    tab = open_demo("optimizer-race")
    tab.get_by_label("Surface", exact=True).select_option(surface)
    press(tab, "Race")
    assert re.match(words, status(tab))
    arrivals = {name: step for name, step in shared(tab, "arrivals").items() if step is not None}
    assert shared(tab, "winner").lower() == min(arrivals, key=arrivals.get)


def test_the_start_is_moved_by_keys_and_a_racer_that_runs_away_is_said_so(open_demo: OpenDemo) -> None:
    tab = open_demo("optimizer-race", {"rates": {"sgd": 0.9}})
    handle(tab, "Start of the race").focus()
    tab.keyboard.press("ArrowRight")
    assert shared(tab, "start") == pytest.approx([-3.8, 2])
    press(tab, "Race")
    assert "SGD ran away: too large a learning rate." in status(tab)
    press(tab, "Reset")
    assert shared(tab, "start") == [-4, 2]
    assert shared(tab, "rates")["sgd"] == 0.1


def test_the_race_animates_pauses_and_steps(open_demo: OpenDemo) -> None:
    tab = open_demo("optimizer-race", motion="no-preference")
    press(tab, "Step")
    assert re.match(r"Step 1: \w+ is lowest", status(tab))
    press(tab, "Race")
    tab.wait_for_timeout(300)
    press(tab, "Pause")
    assert int(re.match(r"Step (\d+):", status(tab))[1]) > 2


def test_a_racer_that_is_switched_off_does_not_run(open_demo: OpenDemo) -> None:
    tab = open_demo("optimizer-race")
    tab.get_by_role("switch", name="Adam").focus()
    tab.keyboard.press("Space")
    press(tab, "Race")
    assert status(tab).startswith("RMSprop wins")
    assert "adam" not in shared(tab, "arrivals")


def test_the_optimizers_step_as_in_keras(open_demo: OpenDemo) -> None:
    """Sixty steps down the bent ravine, against Keras itself."""
    tab = open_demo("optimizer-race")
    script = """async () => {
      const { OPTIMIZERS } = await import("/lab/optimizers.js");
      const { LANDSCAPES } = await import("/lab/landscapes.js");
      return Object.fromEntries(Object.entries(OPTIMIZERS).map(([name, make]) => {
        const update = make(0.03);
        let point = [-3, 3];
        for (let i = 0; i < 60; i += 1) point = update(point, LANDSCAPES.ravine.slopes(...point));
        return [name, point];
      }));
    }"""
    ours = tab.evaluate(script)
    # In a process of its own: TensorFlow's threads and Playwright's loop need not meet.
    keras = """
import json, keras, numpy as np
made = {
    "sgd": keras.optimizers.SGD(0.03), "momentum": keras.optimizers.SGD(0.03, momentum=0.9),
    "rmsprop": keras.optimizers.RMSprop(0.03), "adam": keras.optimizers.Adam(0.03),
}
ends = {}
for name, optimizer in made.items():
    point = keras.Variable(np.array([-3.0, 3.0]), dtype="float64")
    for _ in range(60):
        x, y = np.array(point)
        optimizer.apply([np.array([0.1 * (x - 1) - x * (y - 0.25 * x * x), 2 * (y - 0.25 * x * x)])], [point])
    ends[name] = np.array(point).tolist()
print(json.dumps(ends))
"""
    theirs = json.loads(
        subprocess.run([sys.executable, "-c", keras], check=True, capture_output=True, text=True).stdout
    )
    for name, end in ours.items():
        assert end == pytest.approx(theirs[name], abs=1e-4), name


def test_the_slopes_of_the_landscapes_are_those_of_their_losses(open_demo: OpenDemo) -> None:
    tab = open_demo("optimizer-race")
    script = """async () => {
      const { LANDSCAPES } = await import("/lab/landscapes.js");
      let worst = 0, lowest = Infinity;
      for (const { loss, slopes, xDomain, yDomain } of Object.values(LANDSCAPES)) {
        for (let i = 0; i <= 20; i += 1) for (let j = 0; j <= 20; j += 1) {
          const x = xDomain[0] + (i / 20) * (xDomain[1] - xDomain[0]);
          const y = yDomain[0] + (j / 20) * (yDomain[1] - yDomain[0]);
          const e = 1e-5, [dx, dy] = slopes(x, y);
          worst = Math.max(worst, Math.abs(dx - (loss(x + e, y) - loss(x - e, y)) / (2 * e)),
            Math.abs(dy - (loss(x, y + e) - loss(x, y - e)) / (2 * e)));
          lowest = Math.min(lowest, loss(x, y));
        }
      }
      return [worst, lowest];
    }"""
    worst, lowest = tab.evaluate(script)
    assert worst < 1e-6
    assert lowest > -1e-3


# ---- tfjs-neuron


def train(tab: Page) -> str:
    """Train by keyboard, and what is said at the end."""
    press(tab, "Train")
    line = tab.locator(".lab-status")
    expect(line).not_to_contain_text("Training", timeout=60_000)
    return line.inner_text()


def tensors(tab: Page) -> str:
    return tab.locator(".lab-memory-count").inner_text()


def test_tensorflow_js_recovers_weight_and_bias(open_demo: OpenDemo) -> None:
    tab = open_demo("tfjs-neuron")
    assert re.match(r"200 epochs: weight (2\.0|1\.9)\d+, bias −(1\.0|0\.9)\d+, loss", train(tab))
    assert shared(tab, "weight") == pytest.approx(2, abs=0.05)
    assert shared(tab, "bias") == pytest.approx(-1, abs=0.05)
    assert len(shared(tab, "losses")) == 200
    expect(tab.locator(".lab-neuron-answer")).to_have_text(re.compile(r"→ (19\.0|18\.9)"))
    tab.get_by_label("Predict for x =").fill("0")
    expect(tab.locator(".lab-neuron-answer")).to_have_text(re.compile(r"→ −(1\.0|0\.9)"))


def test_tensors_stay_as_many_over_five_runs_with_every_optimizer(open_demo: OpenDemo) -> None:
    tab = open_demo("tfjs-neuron", {"epochs": 10})
    before = tensors(tab)
    assert before.startswith("2 tensors")
    for name in ("sgd", "momentum", "rmsprop", "adam", "sgd"):
        tab.get_by_label("Optimizer").select_option(name)
        assert train(tab).startswith("10 epochs")
        assert tensors(tab) == before


@pytest.mark.parametrize("while_training", [False, True])
def test_leaving_frees_every_tensor_and_listener(open_demo: OpenDemo, while_training: bool) -> None:
    tab = open_demo("tfjs-neuron")
    press(tab, "Train")
    if not while_training:
        expect(tab.locator(".lab-status")).to_contain_text("200 epochs: ", timeout=60_000)
    tab.evaluate("cleanup()")
    tab.wait_for_timeout(400)
    left = tab.evaluate("async () => (await import('/vendor/tfjs/tf.fesm.min.js')).memory().numTensors")
    assert left == 0
    assert tab.evaluate("listening()") == 0
    assert tab.locator("#demo > *").count() == 0


def test_training_can_be_stopped(open_demo: OpenDemo) -> None:
    tab = open_demo("tfjs-neuron", {"epochs": 500})
    press(tab, "Train")
    tab.wait_for_timeout(300)
    press(tab, "Stop")
    expect(tab.locator(".lab-status")).to_have_text(re.compile(r"^\d+ epochs: "))
    assert int(tab.locator(".lab-status").inner_text().split()[0]) < 500


def test_a_page_without_a_pause_draws_nothing(open_demo: OpenDemo) -> None:
    tab = open_demo("tfjs-neuron", {"epochs": 20})
    train(tab)
    alive = int(tab.locator(".lab-readout-value").last.inner_text().split()[0])
    tab.get_by_role("switch", name="Block the page").focus()
    tab.keyboard.press("Space")
    said = train(tab)
    frozen = int(re.search(r"drew nothing for (\d+) ms", said)[1])
    assert 1400 < frozen < 4000
    assert alive < frozen / 2


def test_the_readers_own_numbers_are_learned(open_demo: OpenDemo) -> None:
    tab = open_demo("tfjs-neuron")
    tab.get_by_label("Numbers x").fill("0 1; 2, 3")
    tab.get_by_label("Numbers y").fill("3, 2, 1, 0")
    tab.keyboard.press("Tab")
    assert "4 pairs" in status(tab)
    train(tab)
    assert shared(tab, "weight") == pytest.approx(-1, abs=0.05)
    tab.get_by_label("Numbers y").fill("3, two")
    tab.keyboard.press("Tab")
    assert "write numbers with commas" in status(tab)
    tab.get_by_label("Numbers y").fill("3, 2")
    tab.keyboard.press("Tab")
    press(tab, "Train")
    assert "4 numbers x and 2 numbers y: make them pairs" in status(tab)


def test_the_backend_is_shown_and_changed(open_demo: OpenDemo) -> None:
    tab = open_demo("tfjs-neuron", {"epochs": 10})
    runs_on = tab.get_by_label("Runs on")
    expect(runs_on).to_have_value("cpu")
    runs_on.select_option("webgl")
    # A machine without WebGL says so; either way the demo goes on.
    expect(tab.locator(".lab-status")).to_have_text(re.compile("now computes with|offers no"), timeout=30_000)
    assert train(tab).startswith("10 epochs")
    assert tensors(tab) == "2 tensors, 8 B"


# ---- all three


@pytest.mark.parametrize("name", DEMOS)
def test_a_phone_shows_all_without_scrolling_sideways(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo(name, width=360)
    tab.wait_for_timeout(200)
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
    too_small = tab.evaluate(
        "() => [...document.querySelectorAll('button')].filter((b) => b.offsetHeight < 36).map((b) => b.innerText)"
    )
    assert too_small == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", DEMOS)
def test_axe_finds_nothing(open_demo: OpenDemo, name: str, theme: str) -> None:
    tab = open_demo(name, theme=theme)
    for summary in tab.locator("summary").all():
        summary.click()
    # The heading is the chapter's business.
    violations = [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")]
    assert violations == []


@pytest.mark.parametrize("name", DEMOS)
def test_leaving_stops_all_and_empties_the_place(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo(name, motion="no-preference")
    tab.locator(".lab-button-primary").first.click()
    tab.wait_for_timeout(150)
    tab.evaluate("cleanup()")
    assert tab.locator("#demo > *").count() == 0
    assert tab.evaluate("listening()") == 0
    saves = tab.evaluate("saves")
    tab.wait_for_timeout(400)
    assert tab.evaluate("saves") == saves


def test_a_demo_draws_at_the_screens_pace(open_demo: OpenDemo) -> None:
    """Moving a point redraws the line, the squares and the loss surface well within a frame."""
    tab = open_demo("line-fit", motion="no-preference")
    milliseconds = tab.evaluate("""async () => {
      const { createPlot } = await import("/lab/plot.js");
      const plot = createPlot({ label: "t", xDomain: [-5, 5], yDomain: [-10, 10], ratio: 0.8 });
      document.body.append(plot.el);
      const surface = plot.surface({ levels: 14 });
      const times = [];
      for (let i = 0; i < 30; i += 1) {
        const began = performance.now();
        surface.set((w, b) => w * w * (5 + i) + 2 * w * b + b * b);
        times.push(performance.now() - began);
      }
      plot.destroy();
      return times.sort((a, b) => a - b)[15];
    }""")
    assert milliseconds < 16
