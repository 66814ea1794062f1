"""A widget between a real kernel and a real browser, with no network: files go one way, what was learned the other."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import Browser, Page, expect

ORIGIN = "http://localhost"
# What a notebook's front end does with a widget: state and messages, with bytes beside the JSON.
FRONT_END = """async ({ state, bytes }) => {
  const decode = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const encode = (view) => btoa(Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte)).join(""));
  for (const [path, text] of bytes) {
    const last = path.pop();
    path.reduce((at, key) => at[key], state)[last] = decode(text);
  }
  const listeners = {};
  let pending = {};
  const model = {
    get: (name) => state[name],
    set(name, value) { state[name] = value; pending[name] = value; },
    save_changes() {
      const found = [];
      const plain = (value, path) => {
        if (Array.isArray(value)) return value.map((item, i) => plain(item, [...path, i]));
        if (value === null || typeof value !== "object") return value;
        const kept = {};
        for (const [key, item] of Object.entries(value)) {
          if (item instanceof DataView) found.push([[...path, key], encode(item)]);
          else kept[key] = plain(item, [...path, key]);
        }
        return kept;
      };
      const changed = plain(pending, []);
      pending = {};
      const paths = found.map(([path]) => path), texts = found.map(([, text]) => text);
      window.toKernel({ method: "update", state: changed, buffer_paths: paths }, texts);
    },
    on(event, listener) { (listeners[event] ??= []).push(listener); },
    off(event, listener) { listeners[event] = (listeners[event] ?? []).filter((known) => known !== listener); },
    send(content) { window.toKernel({ method: "custom", content }, []); },
  };
  window.deliver = (content, texts) => {
    for (const listener of [...(listeners["msg:custom"] ?? [])]) listener(content, texts.map(decode));
  };
  document.head.append(Object.assign(document.createElement("style"), { textContent: state._css }));
  const url = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  const el = document.body.appendChild(document.createElement("div"));
  window.opened = widget.render({ model, el }).then((cleanup) => { window.cleanup = cleanup; window.ready = true; },
    (error) => { window.failed = String(error); });
}"""


class Notebook:
    """A kernel, and a page that shows the widget which the kernel has made."""

    def __init__(self, kernel: BlockingKernelClient, page: Page) -> None:
        self.kernel, self.page = kernel, page
        self.asked: list[str] = []
        self.undelivered: list[dict[str, Any]] = []
        page.expose_function("toKernel", self.to_kernel)

    def run(self, code: str) -> str:
        """Run code in the kernel; what it printed."""
        printed: list[str] = []

        def heard(message: dict[str, Any]) -> None:
            self.undelivered.append(message)
            if message["msg_type"] == "comm_open" and "_esm" in message["content"]["data"]["state"]:
                self.opened = message
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self.kernel.execute_interactive(code, timeout=120, output_hook=heard)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(printed).strip()

    def show(self) -> None:
        content = self.opened["content"]
        self.comm = content["comm_id"]
        paths = content["data"].get("buffer_paths", [])
        bytes_ = [
            [path, base64.b64encode(data).decode()]
            for path, data in zip(paths, self.opened["buffers"], strict=True)
        ]
        self.page.evaluate(FRONT_END, {"state": content["data"]["state"], "bytes": bytes_})
        self.until("window.ready || window.failed")
        assert self.page.evaluate("window.failed") is None

    def to_kernel(self, data: dict[str, Any], texts: list[str]) -> None:
        if data["method"] == "custom":
            self.asked.append(data["content"]["path"])
        self.kernel.session.send(
            self.kernel.shell_channel.socket,
            "comm_msg",
            {"comm_id": self.comm, "data": data},
            buffers=[base64.b64decode(text) for text in texts],
        )

    def until(self, expression: str, seconds: float = 60) -> None:
        """Carry messages from the kernel to the page until something is true there."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"{expression} did not come true in {seconds} seconds"
            self.carry()

    def until_python(self, expression: str, seconds: float = 60) -> None:
        """The same until something is true in the kernel."""
        end = time.monotonic() + seconds
        while self.run(f"print(bool({expression}))") != "True":
            assert time.monotonic() < end, f"{expression} did not come true in {seconds} seconds"
            self.carry()

    def carry(self) -> None:
        self.page.wait_for_timeout(50)
        while self.kernel.iopub_channel.msg_ready():
            self.undelivered.append(self.kernel.get_iopub_msg())
        while self.undelivered:
            message = self.undelivered.pop(0)
            content = message["content"]
            if message["msg_type"] != "comm_msg" or content["comm_id"] != self.comm:
                continue
            if content["data"].get("method") == "custom":
                texts = [base64.b64encode(part).decode() for part in message["buffers"]]
                said = [content["data"]["content"], texts]
                self.page.evaluate("([content, texts]) => deliver(content, texts)", said)


@contextmanager
def kernel_started() -> Iterator[BlockingKernelClient]:
    """A kernel, ended at the end."""
    manager, kernel = start_new_kernel()
    try:
        yield kernel
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


@contextmanager
def notebook_of(kernel: BlockingKernelClient, browser: Browser) -> Iterator[Notebook]:
    """A page for one widget of the kernel, without a network; fails at the end if the page threw."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    empty = "<!doctype html><html lang=en><title>t</title><body></body>"
    context.route(
        "**/*",
        lambda route: (
            route.fulfill(body=empty, content_type="text/html")
            if route.request.url == f"{ORIGIN}/"
            else route.abort()
        ),
    )
    page.goto(f"{ORIGIN}/")
    try:
        yield Notebook(kernel, page)
    finally:
        context.close()
    assert errors == []


@pytest.fixture
def notebook(browser: Browser) -> Iterator[Notebook]:
    with kernel_started() as kernel, notebook_of(kernel, browser) as opened:
        yield opened


def test_a_network_trained_in_the_browser_comes_back_to_python_without_a_network(notebook: Notebook) -> None:
    notebook.run(
        "import numpy as np\nfrom course_utils import widgets\n"
        "random = np.random.default_rng(1)\n"
        "points = np.concatenate([random.normal(0, 1, (40, 2)), random.normal(5, 1, (40, 2))])\n"
        "fit = widgets.decision_boundaries(points, ['near'] * 40 + ['far'] * 40, feature_names=['a', 'b'])"
    )
    notebook.show()
    page = notebook.page
    # Everything came from the kernel: TensorFlow.js, its WebAssembly, and the table of iris flowers.
    assert set(notebook.asked) == {
        "vendor/tfjs/tf.fesm.min.js",
        "vendor/tfjs/tf-backend-wasm.min.js",
        "vendor/tfjs/tfjs-backend-wasm-simd.wasm",
        "data/iris.csv",
    }
    expect(page.get_by_label("Runs on")).to_have_value("wasm")
    expect(page.locator(".lab-status").first).to_have_text("80 points in 2 classes. Press Train.")
    page.get_by_role("button", name="Train").click()
    notebook.until("Number(document.querySelector('.lab-readout-value').textContent) >= 30")
    page.get_by_role("button", name="Stop").click()
    notebook.until("document.querySelector('.lab-status').textContent.startsWith('After')")
    page.wait_for_timeout(500)
    said = notebook.run(
        "print(fit.accuracy, fit.epoch >= 30, fit.class_names)\n"
        "names = np.array(fit.class_names)[fit.predicted]\n"
        "print((names == ['near'] * 40 + ['far'] * 40).mean() > 0.95, [w.shape for w in fit.weights])"
    )
    assert said.splitlines() == [
        "1.0 True ['far', 'near']",
        "True [(2, 16), (16,), (16, 16), (16,), (16, 2), (2,)]",
    ]


def test_a_shipped_model_is_sent_by_the_kernel_and_the_drawing_comes_back(notebook: Notebook) -> None:
    notebook.run("from course_utils import widgets\ndigits = widgets.digits()")
    notebook.show()
    assert {"models/digits-cnn/model.json", "models/digits-cnn/group1-shard1of1.bin"} <= set(notebook.asked)
    notebook.page.get_by_role("button", name="7", exact=True).click()
    notebook.until("document.querySelector('.lab-status').textContent.includes('says 7')")
    notebook.page.wait_for_timeout(500)
    said = notebook.run(
        "print(digits.digit, digits.drawing.shape, digits.drawing.dtype, digits.drawing.max(), len(digits.strokes))"
    )
    assert said.splitlines()[-1] == "7 (28, 28) float32 1.0 1"
