"""What every demo with TensorFlow.js stands on: backends, fallbacks, lost contexts, memory, models and cleanup."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils import browser as chromium
from course_utils.book.demo_page import ORIGIN
from tests.site.demo_stage import OpenDemo, demo_stage
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

# A demo of the test's own: one digit of the shipped network, and all that the kit offers.
OPEN = """async (options) => {
  const { openKit } = await import("/lab/kit.js");
  const model = { get: (name) => ({ files: `${location.origin}/` })[name] };
  const el = document.getElementById("demo").appendChild(document.createElement("div"));
  const kit = await openKit({ model, el, backends: options.backends, styles: "convolution" });
  window.kit = kit;
  const told = window.told = [];
  const net = await kit.loadModel("digits-cnn", { warm: true });
  let mine = kit.tf.ones([1, 28, 28, 1]);
  kit.onBackend((name, reason) => {
    told.push([name, reason]);
    if (reason !== "lost") return;
    mine.dispose();
    mine = kit.tf.ones([1, 28, 28, 1]);
  });
  kit.scope.add(() => mine.dispose());
  window.predict = async () => {
    const answer = kit.tf.tidy(() => net.predict(mine));
    const values = await answer.data();
    answer.dispose();
    return Array.from(values, (value) => Math.round(value * 1000) / 1000);
  };
  window.tensors = () => kit.tf.memory().numTensors;
  kit.main.append(
    kit.samples({ label: "Samples", items: [
      { name: "Seven", picture: "demos/neuron.light.webp", pick: () => { window.picked = "seven"; } },
      { name: "Two", pick: () => { window.picked = "two"; } }] }),
    kit.how({ text: "It convolves.", card: "digits-cnn",
      chapter: { title: "Week 3", href: "book/week3/index.html" } }));
  kit.status.say("Ready.");
  return kit.backend;
}"""
NO_WEBGL = """for (const Canvas of [OffscreenCanvas, HTMLCanvasElement]) {
  const { getContext } = Canvas.prototype;
  Canvas.prototype.getContext = function (kind, ...rest) {
    return kind.includes("webgl") ? null : getContext.call(this, kind, ...rest);
  };
}"""


@cache
def answer_to_ones() -> Any:
    """What the network that ships says in Keras to a picture that is all ink; the page has its weights in bytes."""
    from course_utils import shipped  # with TensorFlow, which no other test of this module needs

    said = shipped.network("digits-cnn")(np.ones((1, 28, 28, 1), np.float32))
    return pytest.approx(said.numpy()[0], abs=0.002)


@pytest.fixture
def host(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def open_kit(host: OpenDemo, backends: list[str], before: str = "", **page: object) -> Page:
    tab = host("kernel-order", **page)
    tab.evaluate("() => { cleanup(); }")
    if before:
        tab.evaluate(f"() => {{ {before} }}")
    tab.evaluate(OPEN, {"backends": backends})
    return tab


def choose(tab: Page, backend: str) -> None:
    tab.get_by_label("Runs on").select_option(backend)
    tab.wait_for_function("() => !kit.switching")


def lose_webgl(tab: Page) -> None:
    tab.evaluate("() => { kit.tf.backend().gpgpu.gl.getExtension('WEBGL_lose_context').loseContext(); }")
    tab.wait_for_function("() => told.some(([, reason]) => reason === 'lost')")
    tab.wait_for_function("() => !kit.switching")


def test_the_first_backend_of_the_list_is_used_and_500_predictions_leave_no_tensor(host: OpenDemo) -> None:
    tab = open_kit(host, ["wasm", "webgl", "cpu"])
    assert tab.evaluate("kit.backend") == "wasm"
    assert tab.evaluate("predict()") == answer_to_ones()
    before = tab.evaluate("tensors()")
    tab.evaluate("async () => { for (let i = 0; i < 500; i += 1) await predict(); }")
    assert tab.evaluate("tensors()") == before
    expect(tab.locator(".lab-memory-count")).to_contain_text(f"{before} tensors")


def test_the_reader_changes_the_backend_and_predictions_stay(host: OpenDemo) -> None:
    tab = open_kit(host, ["cpu"])
    before = tab.evaluate("tensors()")
    for name, words in (("wasm", "WebAssembly"), ("webgl", "WebGL"), ("cpu", "plain JavaScript")):
        choose(tab, name)
        assert tab.evaluate("kit.backend") == name
        assert tab.evaluate("predict()") == answer_to_ones()
        expect(tab.locator(".lab-backend-note")).to_have_text(f"TensorFlow.js now computes with {words}.")
        assert tab.evaluate("tensors()") == before
    assert tab.evaluate("told") == [["wasm", "chosen"], ["webgl", "chosen"], ["cpu", "chosen"]]


def test_without_webgl_it_falls_back_and_says_so(host: OpenDemo) -> None:
    tab = open_kit(host, ["webgl", "wasm", "cpu"], before=NO_WEBGL)
    assert tab.evaluate("kit.backend") == "wasm"
    text = "WebGL does not start in this browser, so TensorFlow.js computes with WebAssembly."
    expect(tab.locator(".lab-backend-note")).to_have_text(text)
    choose(tab, "webgl")
    expect(tab.locator(".lab-backend-note")).to_have_text("This browser offers no WebGL: still WebAssembly.")
    expect(tab.get_by_label("Runs on")).to_have_value("wasm")
    assert tab.evaluate("predict()") == answer_to_ones()


def test_without_webgl_and_webassembly_plain_javascript_computes(host: OpenDemo) -> None:
    tab = open_kit(host, ["webgl", "wasm", "cpu"], before=f"{NO_WEBGL} WebAssembly.validate = () => false;")
    assert tab.evaluate("kit.backend") == "cpu"
    expect(tab.locator(".lab-backend-note")).to_have_text(
        "WebGL and WebAssembly do not start in this browser, so TensorFlow.js computes with plain JavaScript."
    )


@pytest.mark.parametrize("file", ["tfjs-backend-wasm-simd.wasm", "tf-backend-wasm.min.js"])
def test_a_backend_that_does_not_come_is_not_called_one_that_the_browser_lacks(
    host: OpenDemo, file: str
) -> None:
    tab = open_kit(host, ["cpu"])
    tab.route(f"**/{file}", lambda route: route.abort())
    choose(tab, "wasm")
    why = f"WebAssembly could not be loaded. {ORIGIN}/vendor/tfjs/{file} could not be fetched: check your connection. "
    note = tab.locator(".lab-backend-note")
    expect(note).to_have_text(f"{why}TensorFlow.js still computes with plain JavaScript.")
    assert tab.evaluate("[kit.backend, told.length]") == ["cpu", 0]
    expect(tab.get_by_label("Runs on")).to_have_value("cpu")
    # A demo that begins without the network says the same, and of each backend what is true.
    tab.evaluate(f"() => {{ kit.close(); {NO_WEBGL} }}")
    tab.evaluate(OPEN, {"backends": ["webgl", "wasm", "cpu"]})
    expect(note).to_have_text(
        f"WebGL does not start in this browser. {why}TensorFlow.js computes with plain JavaScript."
    )
    tab.unroute_all()
    choose(tab, "wasm")
    expect(note).to_have_text("TensorFlow.js now computes with WebAssembly.")
    assert tab.evaluate("predict()") == answer_to_ones()
    tab.complaints.clear()


def test_a_lost_graphics_card_is_survived(host: OpenDemo) -> None:
    tab = open_kit(host, ["webgl", "wasm", "cpu"])
    before = tab.evaluate("tensors()")
    lose_webgl(tab)
    assert tab.evaluate("kit.backend") == "wasm"
    assert tab.evaluate("predict()") == answer_to_ones()
    assert tab.evaluate("tensors()") == before
    expect(tab.locator(".lab-backend-note")).to_have_text(
        "The browser took WebGL away, so TensorFlow.js goes on with WebAssembly."
    )
    choose(tab, "webgl")
    assert tab.evaluate("[kit.backend, tensors()]") == ["webgl", before]
    assert tab.evaluate("predict()") == answer_to_ones()


def test_work_under_way_when_the_card_is_lost_waits_for_the_next_backend(host: OpenDemo) -> None:
    tab = open_kit(host, ["webgl", "wasm", "cpu"])
    lost = """async () => {
      let tries = 0;
      const answer = await kit.compute(() => {
        tries += 1;
        kit.tf.backend().gpgpu.gl.getExtension("WEBGL_lose_context").loseContext();
        throw new Error("Failed to compile fragment shader.");
      });
      return { answer: answer ?? null, tries, backend: kit.backend, switching: kit.switching };
    }"""
    assert tab.evaluate(lost) == {"answer": None, "tries": 1, "backend": "wasm", "switching": False}
    with pytest.raises(Exception, match="a mistake of its own"):
        tab.evaluate("kit.compute(() => { throw new Error('a mistake of its own'); })")
    assert tab.evaluate("kit.compute(predict)") == answer_to_ones()


def test_a_card_that_is_lost_while_it_is_being_chosen_is_given_up(host: OpenDemo) -> None:
    tab = open_kit(host, ["wasm", "webgl", "cpu"])
    tab.evaluate(
        """() => kit.onBackend(async (name) => {
          if (name !== "webgl") return;
          kit.tf.backend().gpgpu.gl.getExtension("WEBGL_lose_context").loseContext();
          window.during = await kit.compute(predict);
        })"""
    )
    tab.get_by_label("Runs on").select_option("webgl")
    tab.wait_for_function("() => told.some(([, reason]) => reason === 'lost')")
    tab.wait_for_function("() => !kit.switching")
    assert tab.evaluate("[kit.backend, window.during ?? null]") == ["wasm", None]
    assert tab.evaluate("kit.compute(predict)") == answer_to_ones()
    expect(tab.get_by_label("Runs on")).to_be_enabled()


def test_what_waits_for_a_lost_card_is_freed(host: OpenDemo) -> None:
    tab = open_kit(host, ["webgl", "wasm", "cpu"])
    before = tab.evaluate("tensors()")
    answers = tab.evaluate(
        """() => Promise.all(Array.from({ length: 5 }, (_, i) => kit.compute(() => {
          const answer = predict();
          if (i === 4) kit.tf.backend().gpgpu.gl.getExtension("WEBGL_lose_context").loseContext();
          return answer;
        }).then((answer) => answer ?? null)))"""
    )
    assert answers == [None] * 5
    assert tab.evaluate("[kit.backend, tensors()]") == ["wasm", before]
    assert tab.evaluate("kit.compute(predict)") == answer_to_ones()


def test_two_demos_of_a_page_hear_of_one_anothers_switch(host: OpenDemo) -> None:
    tab = open_kit(host, ["cpu"])
    tab.evaluate("() => { window.first = kit; window.firstTold = told; }")
    tab.evaluate(OPEN, {"backends": ["cpu"]})
    tab.get_by_label("Runs on").first.select_option("wasm")
    tab.wait_for_function("() => told.length && firstTold.length")
    assert tab.evaluate("[told, firstTold]") == [[["wasm", "chosen"]]] * 2
    expect(tab.get_by_label("Runs on").last).to_have_value("wasm")


def test_closing_frees_everything(host: OpenDemo) -> None:
    tab = open_kit(host, ["webgl", "wasm", "cpu"])
    lose_webgl(tab)
    tab.evaluate("() => { kit.close(); kit.close(); }")
    assert tab.evaluate("tensors()") == 0
    assert tab.locator(".lab-kit").count() == 0


def test_samples_and_the_fold_work_by_keyboard(host: OpenDemo) -> None:
    tab = open_kit(host, ["cpu"], width=360)
    group = tab.get_by_role("group", name="Samples")
    group.get_by_role("button", name="Seven").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("picked") == "seven"
    picture = group.locator("img")
    picture.evaluate("(image) => image.decode()")
    assert picture.get_attribute("alt") == ""
    tab.locator(".lab-how summary").focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("It convolves.")).to_be_visible()
    links = tab.locator(".lab-how a").evaluate_all(
        "(all) => all.map((link) => new URL(link.href).pathname + new URL(link.href).hash)"
    )
    assert links == ["/book/week3/index.html", "/book/reference/models.html#digits-cnn"]
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []


def test_a_missing_model_is_named(host: OpenDemo) -> None:
    tab = open_kit(host, ["cpu"])
    with pytest.raises(
        Exception, match=r"models/none/model\.json could not be fetched: the server answered 404"
    ):
        tab.evaluate("kit.loadModel('none')")
    tab.complaints.clear()


def test_backends_start_in_a_worker_that_may_import_no_scripts(host: OpenDemo) -> None:
    tab = host("kernel-order")
    ran = tab.evaluate(
        """async (origin) => {
          const source = `delete globalThis.importScripts;
            const { importTensorFlow, useBackend } = await import("${origin}/lab/tf.js");
            const model = { get: (name) => ({ files: "${origin}/" })[name] };
            const tf = await importTensorFlow(model);
            const seen = [];
            for (const name of ["wasm", "webgl", "cpu"]) {
              const worked = await useBackend(tf, name, model);
              const sum = tf.tidy(() => tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).sum());
              seen.push([name, worked, tf.getBackend(), (await sum.data())[0]]);
              sum.dispose();
            }
            postMessage([seen, tf.memory().numTensors, typeof globalThis.tf]);`;
          const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
          const worker = new Worker(url, { type: "module" });
          return new Promise((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = (event) => reject(new Error(event.message));
          });
        }""",
        ORIGIN,
    )
    assert ran == [[[name, True, name, 512] for name in ("wasm", "webgl", "cpu")], 0, "undefined"]


@pytest.fixture
def webgpu(browser: Browser) -> Iterator[Browser]:
    """A browser that simulates a graphics card for WebGPU."""
    flags = ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-webgpu-adapter=swiftshader"]
    with browser.browser_type.launch(
        executable_path=chromium.chromium_path(), args=[*chromium.flags(False), *flags]
    ) as other:
        yield other


def test_webgpu_computes_where_there_is_one(webgpu: Browser) -> None:
    with demo_stage(webgpu) as opener:
        tab = opener("kernel-order")
        if not tab.evaluate("async () => Boolean(await navigator.gpu?.requestAdapter())"):
            pytest.skip("this machine's Chromium has no WebGPU adapter, not even a simulated one")
        assert tab.evaluate(OPEN, {"backends": ["webgpu", "wasm"]}) == "webgpu"
        assert tab.evaluate("predict()") == answer_to_ones()
        # What lies in WebGPU's memory does not come along: the demo makes its tensors anew.
        choose(tab, "wasm")
        assert tab.evaluate("told") == [["wasm", "lost"]]
        assert tab.evaluate("predict()") == answer_to_ones()
        tab.evaluate("() => { kit.close(); }")
        assert tab.evaluate("tensors()") == 0
