"""The charts of the laboratory, drawn from plain messages, and the numbers behind each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site.demo_stage import demo_stage
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

BOARD = """async () => {
  const { createChartBoard } = await import("/lab/charts/draw.js");
  const { addStyles } = await import("/lab/styles.js");
  await addStyles({ get: (name) => ({ files: `${location.origin}/` })[name] }, "charts");
  document.getElementById("demo").replaceChildren(
    Object.assign(document.createElement("div"), { className: "lab lab-stack", id: "charts" }));
  window.board = createChartBoard();
  window.put = (type, data, id = "a") => {
    const el = board.draw({ kind: "chart", type, id, data });
    if (!el.isConnected) document.getElementById("charts").append(el);
    return el;
  };
}"""
MESSAGES = {
    "line": {
        "title": "Training",
        "x": "epoch",
        "series": [
            {"name": "loss", "points": [[1, 2.5], [2, 1.25], [3, 0.5]]},
            {"name": "val_loss", "points": [[1, 2.6], [3, 0.75]]},
        ],
    },
    "confusion": {"title": "Held back", "labels": ["rock", "paper"], "matrix": [[8, 2], [1, 9]]},
    "bars": {"title": "Guess", "labels": ["cat", "dog", "fox"], "values": [0.125, 0.75, 0.125]},
    "histogram": {"title": "Weights", "x": "weight", "values": [0, 0, 0.25, 1], "bins": 4},
    "layers": {
        "title": "net",
        "layers": [
            {"name": "hidden", "kind": "Dense", "shape": "[any, 16]", "parameters": 12544},
            {"name": "out", "kind": "Dense", "shape": "[any, 10]", "parameters": 170},
        ],
    },
    "maps": {"title": "conv", "width": 2, "height": 2, "maps": [[0, 1, 2, 3], [-1, 0, 0, 1]], "more": 6},
}


@pytest.fixture
def board(browser: Browser) -> Iterator[Page]:
    with demo_stage(browser) as opener:
        tab = opener("kernel-order", width=390)
        tab.evaluate(BOARD)
        yield tab


def put(tab: Page, kind: str, data: dict | None = None) -> None:
    tab.evaluate("([kind, data]) => { put(kind, data); }", [kind, data or MESSAGES[kind]])
    drawn(tab)


def drawn(tab: Page) -> None:
    """Wait until what waits for a frame has been drawn."""
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def table(tab: Page, summary: str) -> list[str]:
    """The rows of a folded table, opened by keyboard."""
    fold = tab.locator("details.lab-table", has_text=summary)
    fold.locator("summary").focus()
    tab.keyboard.press("Enter")
    fold.locator("tbody tr").first.wait_for()
    return fold.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent).join(' | '))"
    )


def test_lines_have_their_numbers_and_say_where_they_stand(board: Page) -> None:
    put(board, "line")
    assert table(board, "Training as numbers") == [
        "1 | 2.500 | 2.600",
        "2 | 1.250 | –",
        "3 | 0.500 | 0.750",
    ]
    picture = board.get_by_role("img", name="Training: loss 0.500, val_loss 0.750")
    expect(picture).to_be_visible()
    assert board.locator(".lab-legend li").all_inner_texts() == ["loss\n0.500", "val_loss\n0.750"]
    dashes = board.locator("path[stroke-linecap]").evaluate_all(
        "(all) => all.map((line) => line.getAttribute('stroke-dasharray'))"
    )
    assert len(set(dashes)) == 2, "the lines differ in colour alone"


def test_a_second_message_of_the_same_id_grows_the_same_chart(board: Page) -> None:
    put(board, "line")
    longer = {"title": "Training", "x": "epoch", "series": [{"name": "loss", "points": [[1, 2], [40, 1e-5]]}]}
    put(board, "line", longer)
    assert board.locator(".lab-chart").count() == 1
    expect(board.locator(".lab-legend li:visible")).to_have_count(1)
    assert "40" in board.locator(".lab-plot-axes text").all_text_contents()


def test_lines_bear_what_is_no_number(board: Page) -> None:
    board.evaluate(
        """() => {
          const series = [{ name: "loss", points: [[1, 1], [2, NaN], [3, 3]] }, { name: "later", points: [] }];
          put("line", { title: "t", series });
          series[0].points.push([4, Infinity]);
          put("line", { title: "t", series });
        }"""
    )
    drawn(board)
    assert "NaN" not in board.locator("path[stroke-linecap]").first.get_attribute("d")
    assert "not a number" in " ".join(table(board, "t as numbers"))


def test_the_confusion_matrix_counts_class_by_class(board: Page) -> None:
    put(board, "confusion")
    expect(board.get_by_text("17 of 20 on the diagonal: 85.0 %.")).to_be_visible()
    assert table(board, "Class by class") == [
        "rock | 10 | 8 | 0.800 | 0.889",
        "paper | 10 | 9 | 0.900 | 0.818",
    ]
    pairs = board.evaluate(
        "async () => (await import('/lab/charts/confusion.js')).countPairs([0, 0, 1, 2], [0, 1, 1, 0], 3)"
    )
    assert pairs == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_bars_are_a_table_whose_best_row_stands_out(board: Page) -> None:
    put(board, "bars")
    rows = board.get_by_role("table", name="Guess").get_by_role("row")
    assert rows.all_inner_texts()[-3:] == ["cat\t\n0.125", "dog\t\n0.750", "fox\t\n0.125"]
    assert board.locator("tr[data-best]").inner_text().startswith("dog")
    widths = board.locator(".lab-bars-fill").evaluate_all("(all) => all.map((bar) => bar.offsetWidth)")
    assert widths[1] > 5 * widths[0] > 0


def test_a_histogram_counts_into_equal_intervals(board: Page) -> None:
    put(board, "histogram")
    assert [row.split(" | ")[-1] for row in table(board, "Weights as numbers")] == ["2", "1", "0", "1"]
    odd = board.evaluate(
        "async () => (await import('/lab/charts/histogram.js')).countBins([1, NaN, Infinity, 1], 3)"
    )
    assert odd == {"counts": [0, 2, 0], "low": 0.5, "high": 1.5, "odd": 2}


def test_the_layers_add_up(board: Page) -> None:
    put(board, "layers")
    expect(board.locator(".lab-layers tfoot td")).to_have_text("12\u2009714")


def test_feature_maps_are_drawn_in_the_colours_of_the_page(board: Page) -> None:
    put(board, "maps")
    expect(board.get_by_role("img", name="conv: 2 maps of 2 × 2")).to_be_visible()
    assert table(board, "conv as numbers") == ["1 | 0.000 | 1.500 | 3.000", "2 | −1.000 | 0.000 | 1.000"]
    # Two maps of 2 × 2, each value 12 pixels wide: the greatest of the first is orange, the least of the second blue.
    colors = board.locator(".lab-maps").evaluate(
        """(canvas) => [[18, 18], [30, 6], [42, 6]].map(([x, y]) =>
          [...canvas.getContext("2d").getImageData(x, y, 1, 1).data])"""
    )
    assert colors == [[194, 86, 12, 255], [31, 99, 181, 255], [255, 255, 255, 255]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_charts_fit_a_phone_and_read_well(browser: Browser, theme: str) -> None:
    with demo_stage(browser) as opener:
        tab = opener("kernel-order", width=360, theme=theme)
        tab.evaluate(BOARD)
        for kind in MESSAGES:
            put(tab, kind)
        assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
        # The heading is the page's business.
        violations = [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")]
        assert violations == []
        tab.evaluate("board.dispose()")


def test_an_unknown_chart_is_named(board: Page) -> None:
    with pytest.raises(Exception, match="There is no chart “pie”: choose from line"):
        board.evaluate("put('pie', {})")
