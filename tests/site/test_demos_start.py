"""The demos of the Start part, worked by keyboard and by touch in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site.demo_stage import STATIC, OpenDemo, ask, demo_stage, press, status
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

DEMOS = ("bell-curve", "neuron", "kernel-order", "pixel-range", "backprop-playground")


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def test_the_bell_curve_says_which_share_of_customers_the_stock_serves(open_demo: OpenDemo) -> None:
    tab = open_demo("bell-curve")
    assert "fit 7 of 10 customers: 70.0 %. The bell curve says 68.3 %." in status(tab)
    press(tab, "+1 customer")
    assert "of 11 customers" in status(tab)
    press(tab, "+500 customers")
    assert "of 511 customers" in status(tab)
    table = [float(text.split()[0]) for text in tab.locator(".lab-rule td:nth-child(2)").all_inner_texts()]
    assert table == pytest.approx([68.3, 95.4, 99.7], abs=4)
    assert tab.locator(".lab-rule td:nth-child(3)").all_inner_texts() == ["68.3 %", "95.4 %", "99.7 %"]


def test_the_stock_of_the_bell_curve_is_set_by_arrow_keys(open_demo: OpenDemo) -> None:
    tab = open_demo("bell-curve", {"count": 500})
    slider = tab.get_by_role("slider")
    slider.focus()
    for _ in range(10):
        tab.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "± 2.0 sd"
    assert "The bell curve says 95.4 %" in status(tab)
    expect(tab.locator(".lab-readout-value").nth(3)).to_have_text("96.4 %")
    assert tab.evaluate("values.within") == 2


def test_the_bell_curve_comes_out_the_same_after_reset_however_the_customers_come_in(
    open_demo: OpenDemo,
) -> None:
    tab = open_demo("bell-curve")
    press(tab, "+10 customers")
    first = status(tab)
    tab.get_by_role("button", name="Reset").tap()
    assert "of 10 customers" in status(tab)
    for _ in range(10):
        tab.get_by_role("button", name="+1 customer", exact=True).tap()
    assert status(tab) == first


def test_customers_stream_in_where_motion_is_welcome(open_demo: OpenDemo) -> None:
    tab = open_demo("bell-curve", motion="no-preference")
    press(tab, "+500 customers")
    count = tab.locator(".lab-readout-value").first
    tab.wait_for_function("() => Number(document.querySelector('.lab-readout-value').textContent) > 10")
    expect(count).to_have_text("510")


def test_the_mathematics_of_the_bell_curve(open_demo: OpenDemo) -> None:
    tab = open_demo("bell-curve")
    shares = ask(tab, "bell-curve", "[1, 2, 3].map(m.shareWithin)")
    assert shares == pytest.approx([0.6826894921, 0.9544997361, 0.9973002039], abs=1e-9)
    statistics = ask(tab, "bell-curve", "m.statistics([1, 2, 3, 4])")
    assert statistics == {"count": 4, "mean": 2.5, "sd": pytest.approx(1.25**0.5)}
    assert ask(tab, "bell-curve", "m.euSize(26)") == 41
    assert ask(tab, "bell-curve", "m.sizeLimits(41)") == pytest.approx([25.5, 26 + 1 / 6])


def test_a_neuron_finds_the_hot_dog_with_the_right_weights(open_demo: OpenDemo) -> None:
    tab = open_demo("neuron")
    assert "1 of 4 right" in status(tab)
    for label, target in {"weight of “long”": 3, "weight of “in a bun”": 3, "bias": -5}.items():
        slider = tab.get_by_label(label, exact=True)
        slider.focus()
        key = "ArrowRight" if target > 0 else "ArrowLeft"
        while abs(float(slider.input_value()) - target) > 0.05:
            tab.keyboard.press(key)
    expect(tab.locator(".lab-readout-value")).to_have_text("hot dog 0.86")
    assert "All 4 right" in status(tab)
    tab.wait_for_timeout(200)
    assert tab.evaluate("[values.weights, values.bias]") == [[3, 3, 1], -5]


def test_a_neuron_that_says_no_to_everything_hears_what_its_score_is_worth(open_demo: OpenDemo) -> None:
    tab = open_demo("neuron", {"weights": [1, 1, 1], "bias": -5})
    assert "3 of 4 right, by saying no to everything" in status(tab)
    tab.get_by_role("button", name="Show weights that work").tap()
    assert "All 4 right" in status(tab)
    assert tab.locator(".lab-foods td[data-right]").all_inner_texts() == ["right"] * 4
    tab.get_by_role("button", name="Reset").tap()
    assert "3 of 4 right, by saying no" in status(tab)


def test_foods_load_and_activations_change_the_answer_but_not_the_decision(open_demo: OpenDemo) -> None:
    tab = open_demo("neuron", {"weights": [3, 3, 1], "bias": -5})
    answer = tab.locator(".lab-readout-value")
    tab.get_by_role("button", name="banana").tap()
    expect(answer).to_have_text("no hot dog 0.12")
    tab.get_by_role("radio", name="sigmoid").focus()
    expected = ["no hot dog 0.00", "no hot dog −0.96", "no hot dog −2.00", "no hot dog 0.00"]
    for text in expected:
        tab.keyboard.press("ArrowRight")
        expect(answer).to_have_text(text)
    tab.get_by_role("button", name="hot dog", exact=True).tap()
    expect(answer).to_have_text("hot dog 1.00")


def test_without_a_bias_no_weights_tell_the_four_foods_apart(open_demo: OpenDemo) -> None:
    tab = open_demo("neuron")
    scores = """(() => {
      const steps = Array.from({ length: 21 }, (_, i) => i / 2 - 5);
      const all = steps.flatMap((a) => steps.flatMap((b) => steps.map((c) => [a, b, c])));
      return all.map((weights) => m.score({ weights, bias: 0 }).right);
    })()"""
    assert max(ask(tab, "neuron", scores)) == 3
    words = ask(tab, "neuron", "m.scoreWords({ weights: [-1, 3, 1], bias: 0 })")
    assert "With a bias of 0 no weights reach 4" in words


def run_cells(tab: Page, *cells: int) -> None:
    """Run cells of the pretended notebook by keyboard."""
    for cell in cells:
        press(tab, f"Run cell {cell}")


def test_cells_run_out_of_order_meet_a_name_error(open_demo: OpenDemo) -> None:
    tab = open_demo("kernel-order")
    run_cells(tab, 4)
    assert tab.locator(".lab-cell-output").nth(3).inner_text() == "NameError: name 'price' is not defined"
    assert "Run cell 1 first" in status(tab)
    run_cells(tab, 1, 2, 3, 4, 5)
    assert tab.locator(".lab-cell-output").nth(4).inner_text() == "16"
    assert tab.locator(".lab-cell-count").all_inner_texts() == ["[2]", "[3]", "[4]", "[5]", "[6]"]
    assert tab.locator(".lab-cell-note").all_inner_texts() == [""] * 5


def test_an_edited_cell_leaves_stale_results_until_it_is_run(open_demo: OpenDemo) -> None:
    tab = open_demo("kernel-order")
    tab.get_by_role("button", name="Run all", exact=True).tap()
    assert "All five cells ran" in status(tab)
    tab.get_by_label("Price in cell 1").fill("5")
    assert "editing is not running" in status(tab)
    notes = tab.locator(".lab-cell-note")
    expect(notes.nth(0)).to_have_text("edited, not run since")
    expect(notes.nth(4)).to_have_text("stale: total is out of date")
    tab.get_by_label("Price in cell 1").press("Enter")
    assert "Out of date now: cells 3, 4 and 5; run them in this order" in status(tab)
    run_cells(tab, 3, 4, 5)
    assert status(tab) == "Cell 5 ran as number [9] and prints 24."
    assert notes.all_inner_texts() == [""] * 5


def test_a_cell_above_run_again_undoes_what_a_cell_below_did(open_demo: OpenDemo) -> None:
    tab = open_demo("kernel-order")
    press(tab, "Run all")
    run_cells(tab, 1)
    expect(tab.locator(".lab-cell-note").nth(2)).to_have_text("stale: cell 1 ran after it")
    assert "Out of date now: cells 3, 4 and 5; run them in this order" in status(tab)


def test_a_cell_run_twice_counts_twice_and_a_restart_mends_it(open_demo: OpenDemo) -> None:
    tab = open_demo("kernel-order")
    run_cells(tab, 1, 2, 3, 3, 4, 5)
    assert "prints 20" in status(tab)
    assert "Restart and run all" in status(tab)
    tab.get_by_role("button", name="Restart", exact=True).tap()
    assert "nothing in the kernel is behind them" in status(tab)
    expect(tab.locator(".lab-kernel-empty")).to_be_visible()
    expect(tab.locator(".lab-cell-output").nth(4)).to_have_text("20")
    press(tab, "Restart and run all")
    assert "total is 16" in status(tab)


def test_the_pretended_kernel_answers_as_python_does(open_demo: OpenDemo) -> None:
    """Each order of three cells leaves the variables, or the error, that Python leaves."""
    tab = open_demo("kernel-order")
    sources = ask(tab, "kernel-order", "m.notebookSources(3)")
    orders = [[a, b, c] for a in range(5) for b in range(5) for c in range(5)]
    run_each = f"""{orders}.map((order) => {{
      let session = m.createSession(m.notebookSources(3));
      const errors = order.map((cell) => (session = m.runCell(session, cell)).cells[cell].error);
      const variables = Object.entries(session.variables).map(([name, held]) => [name, held.value]);
      return [Object.fromEntries(variables), errors];
    }})"""
    answers = ask(tab, "kernel-order", run_each)
    for order, answer in zip(orders, answers, strict=True):
        variables: dict = {"print": lambda value: None}
        errors = []
        for cell in order:
            try:
                exec(sources[cell], {}, variables)
                errors.append(None)
            except NameError as error:
                errors.append(f"NameError: {error}")
        del variables["print"]
        assert answer == [variables, errors], order


def test_dividing_twice_makes_the_picture_nearly_black(open_demo: OpenDemo) -> None:
    tab = open_demo("pixel-range")
    press(tab, "Divide by 255: ÷ 255")
    assert "Floats from 0 to 1: what imshow expects" in status(tab)
    press(tab, "Divide by 255: ÷ 255")
    assert "Divided by 255 twice: the largest number is 0.0039" in status(tab)
    assert brightest(tab) <= 1
    expect(tab.locator(".lab-mend")).to_contain_text("Divide once")
    code = 'image = image.astype("float32") / 255\nimage = image / 255'
    expect(tab.locator(".lab-code")).to_contain_text(code)
    press(tab, "Undo")
    assert brightest(tab) == 255


def test_adding_to_bytes_wraps_round(open_demo: OpenDemo) -> None:
    tab = open_demo("pixel-range")
    tab.get_by_role("button", name="+ 100").tap()
    assert "began again at 0, because uint8 has nothing above: 200 + 100 became 44" in status(tab)
    bytes_plus_100 = "[...m.apply({ dtype: 'uint8', values: Uint8Array.of(200, 155, 156) }, 'add').values]"
    assert ask(tab, "pixel-range", bytes_plus_100) == [44, 255, 0]


def test_floats_beyond_one_are_shown_white_and_negative_ones_black(open_demo: OpenDemo) -> None:
    tab = open_demo("pixel-range")
    choose = tab.get_by_label("Load the picture as")
    choose.select_option("float255")
    assert "nearly all white" in status(tab)
    expect(tab.locator(".lab-warning")).to_contain_text("Clipping input data to the valid range for imshow")
    choose.select_option("signed")
    assert "below 0" in status(tab)
    expect(tab.locator(".lab-mend")).to_contain_text("(image + 1) / 2")
    choose.select_option("float1")
    press(tab, "to uint8")
    assert "The cast cut off the decimals" in status(tab)


def test_the_window_of_numbers_moves_by_keys_and_by_touch(open_demo: OpenDemo) -> None:
    tab = open_demo("pixel-range", width=390)
    caption = tab.locator(".lab-numbers caption")
    expect(caption).to_contain_text("image[9:13, 12:16, 0]")
    tab.get_by_label("Rows from").press("ArrowRight")
    expect(caption).to_contain_text("image[10:14, 12:16, 0]")
    canvas = tab.locator(".lab-pixels").nth(1)
    canvas.tap(position={"x": 3, "y": 3})
    expect(caption).to_contain_text("image[0:4, 0:4, 0]")
    first = ask(tab, "pixel-range", "m.makePicture()[0]")
    expect(tab.locator(".lab-numbers td").first).to_have_text(str(first))


def brightest(tab: Page) -> int:
    """The largest number in the canvas that stands for `imshow`."""
    return tab.evaluate(
        "() => { const copy = new OffscreenCanvas(24, 24).getContext('2d', { willReadFrequently: true });"
        " copy.drawImage(document.querySelectorAll('.lab-pixels')[1], 0, 0);"
        " return Math.max(...copy.getImageData(0, 0, 24, 24).data.filter((_, i) => i % 4 < 3)); }"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", DEMOS)
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    open_demo: OpenDemo, name: str, theme: str
) -> None:
    tab = open_demo(name, width=360, theme=theme)
    if name == "backprop-playground":
        for _ in range(5):
            press(tab, "Next")
    if name == "kernel-order":
        run_cells(tab, 4, 1, 2)
    if name == "pixel-range":
        press(tab, "+ 100")
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
    # The heading is the chapter's business.
    violations = [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")]
    assert violations == []


@pytest.mark.parametrize("name", DEMOS)
def test_every_control_is_reached_by_tab_and_tall_enough_to_tap(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo(name, width=390)
    small = tab.evaluate(
        "() => [...document.querySelectorAll('#demo button, #demo input, #demo select')]"
        ".map((node) => node.matches('[type=radio]') ? node.nextElementSibling : node)"
        ".filter((node) => node.getBoundingClientRect().height < 24).map((node) => node.outerHTML)"
    )
    assert small == []
    wanted = tab.evaluate("""() => {
      window.met = new Set();
      addEventListener("focusin", (event) => window.met.add(event.target));
      return [...document.querySelectorAll('#demo :is(button, input, select, summary, [tabindex="0"])')]
        .filter((node) => !node.disabled && node.checkVisibility())
        .filter((node) => node.type !== "radio" || node.checked).length;
    }""")
    for _ in range(wanted + 2):
        tab.keyboard.press("Tab")
    assert tab.evaluate("() => [...met].filter((node) => node.closest('#demo')).length") == wanted


# Counts what still runs: everything that a demo starts must be stopped by its cleanup.
COUNT_WORK = """() => {
  window.worked = 0;
  const { requestAnimationFrame: frame, setTimeout: timer } = window;
  window.requestAnimationFrame = (call) => frame((now) => { window.worked += 1; call(now); });
  window.setTimeout = (call, wait) => timer(() => { window.worked += 1; call(); }, wait);
}"""
RENDER_AGAIN = """async (name) => {
  const { default: demo } = await import(`/demos/${name}.js`);
  const { createModel } = await import("/lab/page.js");
  window.cleanup = demo.render({ model: createModel({}), el: document.getElementById("demo") });
}"""


@pytest.mark.parametrize("name", DEMOS)
def test_cleanup_leaves_nothing_behind(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo(name, motion="no-preference")
    tab.evaluate(COUNT_WORK)
    for _ in range(2):
        if name == "backprop-playground":
            press(tab, "Train")
        if name == "bell-curve":
            press(tab, "+500 customers")
        tab.evaluate("cleanup()")
        assert tab.locator("#demo > *").count() == 0
        assert tab.evaluate("listening()") == 0
        tab.wait_for_timeout(50)
        before = tab.evaluate("worked")
        tab.wait_for_timeout(700)
        assert tab.evaluate("worked") == before, "a timer or an animation frame still runs"
        tab.evaluate(RENDER_AGAIN, name)
        assert tab.locator("#demo > .lab").count() == 1


@pytest.mark.parametrize("name", DEMOS)
def test_demos_follow_what_their_host_sets(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo(name)
    change, selector, text = {
        "bell-curve": ("change('within', 3)", ".lab-slider-value", "± 3.0 sd"),
        "neuron": ("change('bias', -2)", ".lab-readout-value", "hot dog 0.69"),
        "kernel-order": ("change('price', 9)", ".lab-status", "Cell 1 now says price = 9"),
        "pixel-range": ("change('load', 'float1')", ".lab-readout-value", "float32"),
        "backprop-playground": ("change('units', 7)", ".lab-table > summary", "All 22 slopes"),
    }[name]
    tab.wait_for_timeout(200)
    tab.evaluate(change)
    expect(tab.locator(selector).first).to_contain_text(text)


def test_the_modules_load_nothing_but_the_library() -> None:
    """A notebook rewrites the imports of a demo: they must be static, and lead to `../lab` or `./` alone."""
    names = [*(f"demos/{name}" for name in DEMOS), "lab/mlp", "lab/network-diagram", "lab/random"]
    for name in names:
        text = re.sub(r"/\*.*?\*/", "", (STATIC / f"{name}.js").read_text(encoding="utf-8"), flags=re.DOTALL)
        sources = re.findall(r' from "([^"]+)";', text)
        assert len(sources) == len(re.findall(r"^import ", text, re.MULTILINE)), name
        assert all(source.startswith(("../lab/", "./")) for source in sources), name
        assert not any(word in text for word in ("import(", "import.meta", "fetch(", "://")), name
