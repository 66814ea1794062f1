"""The playground of backpropagation: it learns, and the numbers that it shows are right."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.site.demo_stage import OpenDemo, ask, demo_stage, press, status


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


@pytest.mark.parametrize(("problem", "rate"), [("wave", 0.1), ("xor", 0.3)])
def test_the_playground_learns(open_demo: OpenDemo, problem: str, rate: float) -> None:
    tab = open_demo("backprop-playground", {"problem": problem, "rate": rate})
    press(tab, "Train")
    expect(tab.locator(".lab-status").first).to_contain_text("learned")
    bar = ask(tab, "backprop-playground", f"m.LEARNED[m.PROBLEMS['{problem}'].task]")
    tab.wait_for_timeout(200)
    assert tab.evaluate("values.loss") < bar
    assert tab.evaluate("values.steps") == 2000
    press(tab, "Reset")
    expect(tab.locator(".lab-readout-value").first).to_have_text("0")


def test_the_playground_trains_live_and_pauses(open_demo: OpenDemo) -> None:
    tab = open_demo("backprop-playground", motion="no-preference")
    tab.get_by_role("button", name="Train").tap()
    tab.wait_for_function("() => Number(document.querySelector('.lab-readout-value').textContent) > 30")
    tab.get_by_role("button", name="Pause").tap()
    done = tab.locator(".lab-readout-value").first.inner_text()
    tab.wait_for_timeout(150)
    assert tab.locator(".lab-readout-value").first.inner_text() == done
    assert f"Step {done}" in status(tab)


def test_a_learning_rate_that_is_too_large_is_named(open_demo: OpenDemo) -> None:
    tab = open_demo("backprop-playground", {"activation": "relu", "units": 8, "rate": 1, "seed": 2})
    press(tab, "Train")
    assert "the learning rate is too large" in status(tab)


@pytest.mark.parametrize("problem", ["wave", "circle"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_backpropagation_agrees_with_finite_differences(
    open_demo: OpenDemo, problem: str, activation: str
) -> None:
    tab = open_demo("backprop-playground", {"problem": problem, "activation": activation, "steps": 40})
    check = tab.locator(".lab-check")
    assert float(check.get_attribute("data-largest")) < 1e-6
    words = check.inner_text()
    backprop, numeric = re.search(r"by backprop (\S+), by finite difference (\S+)\. ", words).groups()
    assert backprop == numeric != "0.0000"
    assert tab.locator(".lab-table tbody tr").count() == (13 if problem == "wave" else 17)


def test_one_step_in_slow_motion_goes_forward_back_and_lowers_the_loss(open_demo: OpenDemo) -> None:
    tab = open_demo("backprop-playground", {"steps": 100})
    titles = []
    for _ in range(9):
        press(tab, "Next")
        titles.append(tab.locator(".lab-steps li[aria-current] .lab-steps-title").inner_text())
    ways = [title.split()[1].rstrip(":") for title in titles]
    assert ways == ["Forward", "Forward", "The", "Back", "Back", "Back", "Back", "Back", "Update"]
    told = tab.locator(".lab-steps li[aria-current]").inner_text()
    before, after = told.split("falls from ")[1].split(" to ")
    assert float(after) < float(before)
    expect(tab.locator(".lab-readout-value").first).to_have_text("101")
    expect(tab.locator(".lab-unseen")).to_contain_text("9 of 9. Update")


def test_the_numbers_of_the_slow_motion_multiply_to_the_gradient(open_demo: OpenDemo) -> None:
    tab = open_demo("backprop-playground")
    by_chain, by_module, by_difference = tab.evaluate("""async () => {
      const mlp = await import("/lab/mlp.js");
      const network = mlp.createNetwork({ inputs: 2, units: 3, task: "classify", seed: 4 });
      const sample = { features: [0.4, -1.1], target: 1 };
      const back = mlp.backward(network, sample.features, sample.target);
      const chain = back.bySum * network.outputWeights[1] * (1 - back.hidden[1] ** 2) * sample.features[0];
      return [chain, back.hiddenWeights[1][0], mlp.finiteDifference(network, [sample], 2)];
    }""")
    assert by_chain == pytest.approx(by_module, rel=1e-12)
    assert by_chain == pytest.approx(by_difference, rel=1e-6)
