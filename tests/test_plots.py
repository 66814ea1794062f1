"""Figures keep to the palette, which is what lets the site draw them on a dark page."""

import io
import re

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

from course_utils import plots


@pytest.fixture(autouse=True)
def course_style() -> None:
    with matplotlib.rc_context():
        plots.use_style()
        yield
        matplotlib.pyplot.close("all")


def svg(figure: matplotlib.figure.Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2.2 between two colours."""

    def luminance(colour: str) -> float:
        channels = np.array(matplotlib.colors.to_rgb(colour))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("name", ["blue", "orange", "green", "red", "purple", "grey", "ink"])
def test_every_colour_can_be_read_on_a_light_and_on_a_dark_page(name: str) -> None:
    light = plots.COLORS[name]
    assert contrast(light, plots.COLORS["paper"]) >= 4.5
    assert contrast(plots.DARK_COLORS[light], plots.DARK_COLORS[plots.COLORS["paper"]]) >= 4.5


def test_every_colour_has_a_dark_counterpart() -> None:
    assert set(plots.DARK_COLORS) == set(plots.COLORS.values())


def test_a_figure_has_no_colour_outside_the_palette() -> None:
    x, y = np.linspace(-1, 4, 6), np.linspace(-3, 7, 6)
    for ax in (plots.line_fit(x, y, 1.5, 0.2), plots.loss_curve([3, 2, 1], [3, 1, 0.5], labels=["a", "b"])):
        found = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg(ax.figure)))
        assert found <= set(plots.COLORS.values())


def test_the_same_figure_gives_the_same_bytes() -> None:
    first, second = (svg(plots.loss_curve([3, 2, 1]).figure) for _ in range(2))
    assert first == second


def test_a_loss_curve_counts_epochs_from_one() -> None:
    line = plots.loss_curve([3.0, 2.0, 1.0]).lines[0]
    assert list(line.get_xdata()) == [1, 2, 3]


def test_residuals_join_each_point_to_the_line() -> None:
    ax = plots.line_fit(np.array([0.0, 1.0]), np.array([1.0, 5.0]), 2.0, 0.0)
    (segments,) = [c for c in ax.collections if isinstance(c, matplotlib.collections.LineCollection)]
    assert [segment[:, 1].tolist() for segment in segments.get_segments()] == [[1.0, 0.0], [5.0, 2.0]]


def test_a_contour_survives_a_loss_of_zero() -> None:
    ax = plots.contour(lambda w, b: w**2 + b**2, (-1, 1), (-1, 1), {"path": np.zeros((3, 2))})
    assert ax.get_xlim() == (-1, 1)


def test_an_image_grid_hides_its_empty_places() -> None:
    figure = plots.image_grid(np.zeros((5, 8, 8)), titles=list("abcde"), columns=3)
    grid = figure.axes
    assert len(grid) == 6
    assert [bool(ax.images) for ax in grid] == [True] * 5 + [False]
    assert not grid[5].axison
    assert [len(ax.patches) for ax in grid] == [1] * 5 + [0], "a white picture has a frame on a white page"
