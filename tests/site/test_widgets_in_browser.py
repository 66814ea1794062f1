"""Each widget's script in a real Chromium, loaded from a blob as anywidget does it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from course_utils import widgets
from course_utils.widgets import modules, vendored
from course_utils.widgets.base import DemoWidget

ORIGIN = "http://localhost"

# A model as anywidget's front end gives it: values, listeners and messages; `sent` is what goes to Python.
START = """async ({ script, styles, values }) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: styles }));
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  const listeners = {};
  window.sent = {};
  window.messages = [];
  let pending = {};
  const model = {
    get: (name) => values[name],
    set(name, value) { values[name] = value; pending[name] = value; },
    save_changes() { Object.assign(window.sent, JSON.parse(JSON.stringify(pending))); pending = {}; },
    on(event, listener) { (listeners[event] ??= []).push(listener); },
    off(event, listener) { listeners[event] = (listeners[event] ?? []).filter((known) => known !== listener); },
    send(content) { window.messages.push(content); window.answer?.(content); },
  };
  window.answer = null;
  window.fromPython = (name, value) => {
    values[name] = value;
    for (const listener of listeners[`change:${name}`] ?? []) listener();
  };
  window.deliver = (content, buffers) => {
    for (const listener of listeners["msg:custom"] ?? []) listener(content, buffers);
  };
  window.model = model;
  window.widget = widget;
  const el = document.body.appendChild(document.createElement("div"));
  el.id = "output";
  if (values.kernel_answers) {
    window.answer = async (content) => {
      const response = await fetch(`/kernel/${content.path}`);
      window.deliver({ kind: "file", path: content.path }, [new DataView(await response.arrayBuffer())]);
    };
  }
  window.cleanup = await widget.render({ model, el });
}"""


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty page that has a network of nothing but what the kernel sends, and a site."""
    context = browser.new_context()
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))

    def answer(route: object) -> None:
        url = route.request.url
        if url == f"{ORIGIN}/":
            route.fulfill(
                body="<!doctype html><html lang=en><title>t</title><body></body>", content_type="text/html"
            )
        elif url.startswith((f"{ORIGIN}/kernel/", f"{ORIGIN}/site/_static/")):
            path = url.removeprefix(f"{ORIGIN}/kernel/").removeprefix(f"{ORIGIN}/site/_static/")
            file = vendored.local_copy(path) or modules.shipped_file(path)
            route.fulfill(body=file.read_bytes(), content_type="text/javascript")
        elif url.startswith(f"{ORIGIN}/forged/"):
            route.fulfill(body="export const ready = 1;", content_type="text/javascript")
        else:
            route.abort()

    context.route("**/*", answer)
    page.goto(f"{ORIGIN}/")
    yield page
    errors = page.errors
    context.close()
    assert errors == []


def start(tab: Page, widget: DemoWidget, **changes: object) -> None:
    state = {key: value for key, value in widget.get_state().items() if not key.startswith("_")}
    values = json.loads(json.dumps({**state, "layout": None, **changes}, default=str))
    tab.evaluate(START, {"script": widget._esm, "styles": widget._css, "values": values})


@pytest.mark.parametrize("name", widgets.__all__)
def test_each_widget_renders_and_cleans_up(tab: Page, name: str) -> None:
    start(tab, getattr(widgets, name)(), kernel_answers=True)
    assert tab.locator("#output > *").count() >= 1
    assert tab.locator("#output button, #output input").count() >= 1
    assert tab.locator("#output.lab-notebook").count() == 1
    tab.evaluate("cleanup()")
    assert tab.locator("#output > *").count() == 0


def test_what_is_done_in_the_browser_reaches_python(tab: Page) -> None:
    widget = widgets.line_fit(points=[[0, 1], [1, 3], [2, 5]], learning_rate=0.1)
    tab.emulate_media(reduced_motion="reduce")
    start(tab, widget)
    tab.get_by_role("button", name="Run").click()
    tab.wait_for_function("Math.abs(sent.loss) < 1e-3")
    widget.set_state(tab.evaluate("sent"))
    assert widget.weight == pytest.approx(2, abs=0.05)
    assert widget.bias == pytest.approx(1, abs=0.05)
    assert widget.points == [[0, 1], [1, 3], [2, 5]]


def test_what_python_sets_reaches_the_browser(tab: Page) -> None:
    start(tab, widgets.line_fit())
    tab.evaluate("fromPython('weight', 2)")
    tab.evaluate("fromPython('bias', -1)")
    tab.wait_for_function("document.querySelector('.lab-formula').textContent === 'y = 2.00 · x − 1.00'")


def test_the_race_hands_its_arrivals_to_python(tab: Page) -> None:
    widget = widgets.optimizer_race("basins")
    tab.emulate_media(reduced_motion="reduce")
    start(tab, widget)
    tab.get_by_role("button", name="Race").click()
    tab.wait_for_function("sent.winner")
    widget.set_state(tab.evaluate("sent"))
    assert widget.winner == "Momentum"
    assert widget.arrivals["sgd"] is None
    assert widget.arrivals["momentum"] > 10


def test_a_trained_neuron_reaches_python(tab: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SITE", f"{ORIGIN}/site")
    widget = widgets.tfjs_neuron(epochs=150)
    start(tab, widget)
    tab.get_by_role("button", name="Train").click()
    tab.wait_for_function("sent.losses?.length === 150", timeout=60_000)
    widget.set_state(tab.evaluate("sent"))
    assert widget.weight == pytest.approx(2, abs=0.05)
    assert widget.losses[-1] < widget.losses[0]


def test_without_a_network_the_kernel_sends_tensorflow_js(tab: Page) -> None:
    start(tab, widgets.tfjs_neuron(), kernel_answers=True)
    assert tab.evaluate("messages") == [{"kind": "file", "path": "vendor/tfjs/tf.fesm.min.js"}]
    assert tab.locator("#output .lab-memory-count").inner_text() == "2 tensors, 8 B"


def test_a_forged_tensorflow_js_is_refused(tab: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SITE", f"{ORIGIN}/forged")
    with pytest.raises(Exception, match="is not the copy this course was made with"):
        start(tab, widgets.tfjs_neuron(), files_from_kernel=False)
