"""Live cells as readers use them: run, edit, stop, make mistakes; and what a cell's code cannot reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.site.live_stage import LivePage, live_page, live_site
from tests.site.visits import axe_violations

PAGE = """\
# A page

```{live} first
const x = tf.tensor1d([1, 2, 3]);
let count = 1;
--- output
nothing
```

```{live} second
const double = (values) => values.mul(2);
```

```{live} third
count += 1;
double(x);
```

```{live} other
console.log("other");
```

```{live} alone
:group: apart
:needs: nothing
typeof count + " " + typeof tf;
```

```{live} on-wasm
:backend: wasm
:group: slow
tf.getBackend();
```
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with a few cells."""
    with live_site(tmp_path_factory.mktemp("live"), PAGE) as served:
        yield served


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[LivePage]:
    """The page, fresh."""
    with live_page(browser, address) as opened:
        yield opened


@pytest.fixture(scope="module")
def lasting(browser: Browser, address: str) -> Iterator[LivePage]:
    """One page for many short runs."""
    with live_page(browser, address) as opened:
        yield opened


def test_nothing_heavy_is_fetched_before_a_cell_is_used(page: LivePage) -> None:
    page.tab.wait_for_timeout(500)
    assert [url for url in page.asked if "/vendor/" in url or "worker" in url] == []
    expect(page.button("first", "Run")).to_be_visible()
    expect(page.button("first", "Stop")).to_be_hidden()
    expect(page.cell("first").get_by_text("nothing")).to_be_visible()


def test_a_cell_shows_its_value_with_dtype_shape_bytes_and_numbers(page: LivePage) -> None:
    ended = page.run("first", "tf.tensor2d([[1, 2], [3, 4.5]]);")

    assert ended["text"] == "Tensor float32 [2, 2]\n[[1, 2],\n [3, 4.5]]"
    shown = page.cell("first").locator(".live-tensor")
    assert shown.inner_text().startswith("Tensor float32 [2, 2] · 16 B")
    expect(page.cell("first").get_by_text("nothing")).to_be_hidden()
    assert page.status("first").startswith("Done in ")
    assert page.complaints == []


def test_a_cell_runs_those_above_that_it_needs_and_no_others(page: LivePage) -> None:
    ended = page.run("third")

    assert ended["text"] == "Tensor float32 [3] [2, 4, 6]"
    runs = page.tab.evaluate("runs.map((run) => run.cell)")
    assert runs == ["first", "second", "third"]
    assert "because a cell below needs it" in page.status("first")
    page.run("third")
    assert page.run("other", "count;")["text"] == "3", "a second run brings nothing along any more"


def test_changes_on_a_variable_above_are_run_too(page: LivePage) -> None:
    page.tab.evaluate(
        """async () => {
          const { cellOf } = await import("/_static/lab/live/cells.js");
          const set = (name, code) => { cellOf(document.getElementById(`live-${name}`)).code = code; };
          set("first", "const list = [1];");
          set("second", "list.push(2);");
          set("third", "const unrelated = 1;");
        }"""
    )
    assert page.run("other", "list.length;")["text"] == "2"
    assert page.tab.evaluate("runs.map((run) => run.cell)") == ["first", "second", "other"]


def test_when_a_cell_above_fails_the_one_below_says_so(page: LivePage) -> None:
    page.tab.evaluate(
        """async () => {
          const { cellOf } = await import("/_static/lab/live/cells.js");
          cellOf(document.getElementById("live-first")).code = "const x = missing;";
        }"""
    )
    ended = page.run("other", "x;")
    assert not ended["ok"]
    assert "“first” above, which this one needs, ended with an error" in page.status("other")


def test_declarations_can_be_run_again_and_changed_by_later_cells(page: LivePage) -> None:
    page.run("first")
    assert page.run("first")["ok"]
    page.run("other", "count = 40; function f() { return count; }")
    assert page.run("third", "var late = f() + 2; class A { value = late; } new A().value;")["text"] == "42"
    assert page.run("third", "for (var i = 0; i < 3; i += 1); i;")["text"] == "3"
    assert page.run("third", "const { a, b: [c = 5] } = { a: 1, b: [] }; [a, c];")["text"] == "[1, 5]"
    assert (
        page.run("third", "function later() { return typeof late; } f.name + later();")["text"] == "fnumber"
    )


def test_cells_of_another_group_share_nothing(page: LivePage) -> None:
    page.run("first")
    assert page.run("alone")["text"] == "undefined undefined"


def test_a_cell_chooses_its_backend(page: LivePage) -> None:
    assert page.run("on-wasm")["text"] == "wasm"
    assert "WebAssembly" in page.status("on-wasm")


def test_await_stands_at_the_top_level(lasting: LivePage) -> None:
    code = "const [answer] = await tf.scalar(42).data();\nawait new Promise((done) => setTimeout(done, 20));\nanswer;"
    assert lasting.run("first", code)["text"] == "42"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('console.log("a", 1, true, null, undefined, -0);', "a 1 true null undefined -0"),
        ("[1, 'two', [3, [4]], { a: 1, 'b c': 2 }];", '[1, "two", [3, [4]], { a: 1, "b c": 2 }]'),
        ("new Float32Array([0.1, 2]);", "Float32Array(2) [0.1, 2]"),
        ("new Uint8Array(300).length;", "300"),
        ("new Map([['a', new Set([1])]]);", 'Map(1) { "a" → Set(1) { 1 } }'),
        ("const a = { name: 'a' }; a.self = a; a;", '{ name: "a", self: [the same again] }'),
        ("class Point { x = 1; } new Point();", "Point { x: 1 }"),
        ("(x) => x;", "[function without a name]"),
        ("const f = () => 1; f;", "[function f]"),
        ("undefined;", ""),
        ("let z = 3; z = 4;", ""),
        ("tf.tensor([true, false]);", "Tensor bool [2] [true, false]"),
        ('tf.tensor(["a", "b"]);', 'Tensor string [2] ["a", "b"]'),
        ("tf.scalar(0.1);", "Tensor float32 [] 0.1"),
        ("tf.variable(tf.zeros([1, 2]));", "Variable float32 [1, 2] [[0, 0]]"),
        ("tf.range(0, 30, 1, 'int32');", "Tensor int32 [30] [0, 1, 2, …, 27, 28, 29]"),
        ("tf.zeros([0]);", "Tensor float32 [0] []"),
        ("[tf.scalar(1), tf.scalar(2)];", "[Tensor float32 [] 1, Tensor float32 [] 2]"),
        ("console.table([{ a: 1, b: 'x' }, { a: 2 }]);", "a | b\n1 | x\n2 | "),
        ('console.warn("careful"); console.error("bad");', "careful\nbad"),
        ("tf.tensor1d([1, 2]).print();", "Tensor\n    [1, 2]"),
        ("show.html('<b>bold</b><script>1</script>');", "bold"),
        ("await show.image(tf.ones([4, 6]), { label: 'white' });", "[picture: white, 6 × 4]"),
        ("show.line({ title: 'Loss', series: [{ name: 'a', values: [3, 2, 1] }] });", "[chart: Loss]"),
        (
            "console.log('%s: %d of %f, %c%o %%', 'a', 2.7, '0.5', 'color: red', { b: 1 }, 3);",
            "a: 2 of 0.5, { b: 1 } % 3",
        ),
        ("console.log('97%', 'right');", "97% right"),
        ("console.groupCollapsed('a'); console.log('b'); console.groupEnd(); console.log('c');", "a\n  b\nc"),
        ("console.count(); console.countReset(); console.count();", "default: 1\ndefault: 1"),
        ("'text';", "text"),
        ("tf.scalar(1e30);", "Tensor float32 [] 1e+30"),
        ("tf.train.sgd(0.5);", "SGD { learningRate: 0.5 }"),
        (
            "const dense = tf.layers.dense({ units: 2, inputShape: [3], name: 'd' });\n"
            "tf.sequential({ layers: [dense] }).layers;",
            "[Dense “d”: 8 parameters, output [any, 2]]",
        ),
        ("tf.layers.flatten({ name: 'f' });", "Flatten “f”: 0 parameters"),
    ],
)
def test_values_are_written_so_that_they_can_be_read(lasting: LivePage, code: str, text: str) -> None:
    lasting.run("alone", "1;")
    ended = lasting.run("other", code)
    assert (ended["text"], ended["ok"]) == (text, True)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("throw { code: 5 };", "Thrown: { code: 5 }"),
        ("throw Object.create(null);", "Thrown: {}"),
        ("show.line({ values: [1] });", "TypeError: show.line wants lines"),
        (
            "show.bars({ labels: ['a'], values: [1, 2] });",
            "TypeError: show.bars wants a name for each number",
        ),
        (
            "show.confusion({ labels: ['a'], matrix: [[1, 2]] });",
            "TypeError: show.confusion wants a name and a row",
        ),
        ("show.histogram();", "TypeError: show.histogram wants a list"),
        ("show.layers(tf.sequential());", "TypeError: show.layers wants a model that has layers"),
        ("show.maps([1]);", "TypeError: show.maps wants a tensor"),
        ("show.maps(tf.zeros([0, 2, 1]));", "TypeError: show.maps wants at least one value"),
        ("await show.image(tf.zeros([0, 3]));", "TypeError: show.image wants at least one pixel"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(lasting: LivePage, code: str, says: str) -> None:
    ended = lasting.run("other", code)
    assert not ended["ok"]
    assert ended["text"].startswith(says)


@pytest.mark.parametrize("code", ["new Float64Array(1e10);", "let text = 'x'; while (true) text += text;"])
def test_too_much_memory_is_answered(lasting: LivePage, code: str) -> None:
    assert "more memory than there is" in lasting.run("other", code)["items"][0]["advice"]


def test_a_cell_fetches_the_backend_that_it_asks_for(page: LivePage) -> None:
    code = "await tf.setBackend('wasm');\nconsole.log(tf.getBackend());\ntf.ones([2]).add(1);"
    assert page.run("other", code)["text"] == "wasm\nTensor float32 [2] [2, 2]"
    assert "WebAssembly" in page.status("other")


def test_what_is_odd_to_show_does_no_harm_to_the_page(page: LivePage) -> None:
    page.run("other", "show.html('<svg><a href=\"https://a.example\"><text>linked</text></a></svg>');\n1;")
    assert page.cell("other").locator(".live-html").inner_html() == "<svg><a><text>linked</text></a></svg>"
    for values in ("[]", "[NaN]", "[1, NaN]", "[1, Infinity, -Infinity, NaN]"):
        page.run("other", f"show.line({{ title: 'A', series: [{{ name: 'a', values: {values} }}] }});\n1;")
        expect(page.cell("other").locator(".lab-legend-value")).to_have_count(1)
    assert page.complaints == []


@pytest.mark.parametrize("turn", ["", ".reverse()"])
def test_show_fit_stands_beside_early_stopping(page: LivePage, turn: str) -> None:
    code = f"""
      const net = tf.sequential({{ layers: [tf.layers.dense({{ units: 1, inputShape: [1] }})] }});
      net.compile({{ loss: "meanSquaredError", optimizer: tf.train.sgd(0) }});
      const one = tf.ones([4, 1]);
      const stop = tf.callbacks.earlyStopping({{ monitor: "loss", patience: 2 }});
      const history = await net.fit(one, one, {{ epochs: 9, callbacks: [show.fit(), stop]{turn} }});
      history.epoch.length;
    """
    assert page.run("other", code)["text"] == "[chart: Training]\n3"


def test_a_picture_has_the_tensors_colours(lasting: LivePage) -> None:
    ended = lasting.run("other", "await show.image(tf.tensor3d([[[1, 0, 0], [0, 0.5, 1]]]));")
    assert ended["items"][0]["pixels"] == [255, 0, 0, 255, 0, 128, 255, 255]
    canvas = lasting.cell("other").locator("canvas.live-picture")
    assert canvas.get_attribute("aria-label") == "picture, 2 by 1 pixels"
    assert canvas.evaluate("(it) => [...it.getContext('2d').getImageData(0, 0, 1, 1).data]") == [
        255,
        0,
        0,
        255,
    ]


def test_the_line_of_an_error_leads_into_the_cell_where_it_happened(page: LivePage) -> None:
    page.run("first", "const broken = () => {\n  return tf.nothing();\n};")
    ended = page.run("other", "1;\n\nbroken();")
    assert (ended["items"][-1]["cell"], ended["items"][-1]["line"]) == ("other", 3)
    page.cell("other").get_by_role("button", name="Line 3").click()
    expect(page.editor("other")).to_be_focused()


def test_an_error_in_a_timer_is_shown_in_its_cell(page: LivePage) -> None:
    page.run("first", "setTimeout(() => { throw new RangeError('too late'); }, 10);\n1;")
    expect(page.cell("first").get_by_text("RangeError: too late")).to_be_visible()
    page.run("first", "Promise.reject(new Error('nobody waits'));\n1;")
    expect(page.cell("first").get_by_text("Error: nobody waits")).to_be_visible()
    assert page.complaints == []


def test_memory_is_told_before_and_after_and_a_leak_with_its_line(page: LivePage) -> None:
    page.run("first", "const a = tf.zeros([10]);")
    memory = page.cell("first").locator(".live-memory")
    assert memory.inner_text() == "Tensors 0 → 1, bytes 0 B → 40 B."
    ended = page.run("other", "for (let i = 0; i < 5; i += 1) {\n  a.add(i);\n}")
    assert ended["memory"]["leak"] == {"count": 5, "bytes": 200, "shape": "[10]", "lines": [2]}
    leak = page.cell("other").locator(".live-leak").inner_text()
    assert leak.startswith("5 tensors (200 B), made in line 2, leaked: no variable holds them")
    assert page.run("other", "tf.tidy(() => a.add(1).mean()).dispose();")["memory"]["leak"] is None


def test_what_variables_models_and_optimizers_hold_has_not_leaked(page: LivePage) -> None:
    code = """
      const held = { list: [tf.ones([2])], map: new Map([["a", tf.ones([3])]]) };
      const model = tf.sequential();
      model.add(tf.layers.dense({ units: 4, inputShape: [2], activation: "relu" }));
      model.add(tf.layers.batchNormalization());
      model.add(tf.layers.dropout({ rate: 0.2 }));
      model.add(tf.layers.dense({ units: 2, activation: "softmax" }));
      model.compile({ loss: "categoricalCrossentropy", optimizer: tf.train.adam(), metrics: ["accuracy"] });
      const [xs, ys] = [tf.randomNormal([40, 2]), tf.tidy(() => tf.oneHot(tf.zeros([40], "int32"), 2).toFloat())];
      await model.fit(xs, ys, { epochs: 3, validationSplit: 0.25, callbacks: show.fit() });
      class Holder { constructor() { this.weight = tf.variable(tf.zeros([1])); } }
      const holder = new Holder();
      const momentum = tf.train.momentum(0.1, 0.9);
      momentum.minimize(() => holder.weight.square().sum());
    """
    ended = page.run("first", code)
    assert ended["ok"], ended["text"]
    assert ended["memory"]["leak"] is None
    after = ended["memory"]["after"]
    assert page.run("first", code)["memory"]["after"] == after, "run again, the old ones are freed"


def test_a_last_value_is_freed_unless_a_variable_holds_it(page: LivePage) -> None:
    assert page.run("first", "const kept = tf.ones([2]);\nkept;")["memory"]["after"]["tensors"] == 1
    ended = page.run("other", "kept.add(1);")
    assert ended["memory"] == {
        "before": {"tensors": 1, "bytes": 8},
        "after": {"tensors": 1, "bytes": 8},
        "freed": 1,
        "leak": None,
    }


def test_a_cell_without_an_end_is_stopped_and_the_page_goes_on(page: LivePage) -> None:
    page.run("first")
    page.tab.evaluate("window.beats = 0; setInterval(() => { beats += 1; }, 10);")
    page.tab.evaluate(
        """async () => {
          const { cellOf } = await import("/_static/lab/live/cells.js");
          cellOf(document.getElementById("live-other")).code = "while (true) {}";
        }"""
    )
    page.button("other", "Run").click()
    page.wait_for_status("other", "Running")
    before = page.tab.evaluate("beats")
    page.wait_for_status("other", "Stop ends it at once")
    assert page.tab.evaluate("beats") - before > 50, "the page's own timers go on"
    page.button("other", "Stop").click()
    page.wait_for_status("other", "Stopped. The variables of all cells are gone")
    assert "gone" in page.status("first")
    assert page.run("third")["text"] == "Tensor float32 [3] [2, 4, 6]", "a fresh worker makes them again"


def test_a_million_lines_do_not_stop_the_page(page: LivePage) -> None:
    ended = page.run("first", "for (let i = 0; i < 1000000; i += 1) console.log(i);")
    lines = ended["text"].split("\n")
    assert lines[0] == "0"
    assert lines[-1] == "999999"
    assert "… 999650 lines left out …" in lines
    assert len(lines) == 351
    assert page.cell("first").locator(".live-dropped").inner_text() == "… 999,650 lines left out …"
    assert page.cell("first").locator("pre").count() < 400


def test_one_enormous_line_is_cut(lasting: LivePage) -> None:
    assert len(lasting.run("other", "console.log('x'.repeat(5e6));")["text"]) < 11_000
    assert len(lasting.run("other", "Array.from({ length: 1e6 }, (_, i) => i);")["text"]) < 2_000


def test_charts_notes_and_errors_without_number_are_bounded_too(lasting: LivePage) -> None:
    code = """
      for (let i = 0; i < 500; i += 1) show.bars({ labels: ["a"], values: [i] });
      for (let i = 0; i < 500; i += 1) console.log(`${Promise.resolve()}`);
      for (let i = 0; i < 500; i += 1) Promise.reject(new Error("again"));
      await new Promise((done) => setTimeout(done, 50));
    """
    items = lasting.run("other", code)["items"]
    counts = {kind: sum(item["kind"] == kind for item in items) for kind in ("chart", "note", "error")}
    assert counts == {"chart": 30, "note": 20, "error": 20}
    assert len(items) < 450


def test_restart_forgets_all_and_brings_the_recorded_output_back(page: LivePage) -> None:
    page.run("first")
    page.run("third")
    page.button("third", "Restart").click()
    expect(page.cell("first").get_by_text("nothing")).to_be_visible()
    expect(page.cell("third").locator(".live-shown")).to_be_hidden()
    ended = page.run("alone", "1;")
    assert ended["ok"]
    assert page.run("other", "count;")["text"] == "2", "the cells above that change it were run anew"


def test_the_editor_is_typed_in_run_by_keys_left_by_keys_and_reset(page: LivePage) -> None:
    page.button("other", "Edit").press("Enter")
    editor = page.editor("other")
    expect(editor).to_be_focused()
    assert editor.get_attribute("aria-label") == "Code of Live cell other"
    hint = editor.get_attribute("aria-describedby")
    assert "Escape, then Tab" in page.tab.locator(f"#{hint}").inner_text()
    page.tab.keyboard.press("Control+a")
    page.tab.keyboard.type("const g = [1, 2")
    assert editor.inner_text().strip() == "const g = [1, 2]", "the bracket was closed"
    page.tab.keyboard.press("End")
    page.tab.keyboard.type("\n\tg;")
    page.tab.keyboard.press("Control+Enter")
    page.wait_for_status("other", "Done")
    assert page.cell("other").locator(".live-shown").inner_text() == "[1, 2]"
    expect(editor).to_be_focused()
    page.tab.keyboard.press("Tab")
    expect(editor).to_be_focused()
    page.tab.keyboard.press("Escape")
    page.tab.keyboard.press("Tab")
    expect(page.button("other", "Run")).to_be_focused()
    page.button("other", "Reset code").click()
    assert editor.inner_text().strip() == 'console.log("other");'
    expect(page.button("other", "Reset code")).to_be_hidden()


def test_a_click_into_the_code_opens_the_editor_and_nothing_jumps(page: LivePage) -> None:
    page.cell("first").locator(".live-block pre").click()
    expect(page.editor("first")).to_be_focused()
    # The press takes the focus out of the editor above; the button must still be there when it is let go.
    page.button("second", "Run").click()
    page.wait_for_status("second", "Done")


def test_focus_goes_from_run_to_stop_and_back(page: LivePage) -> None:
    page.button("first", "Run").press("Enter")
    page.wait_for_status("first", "Done")
    expect(page.button("first", "Run")).to_be_focused()


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("typeof document + typeof window + typeof parent;", "undefinedundefinedundefined"),
        ("typeof indexedDB + typeof caches + typeof localStorage;", "undefinedundefinedundefined"),
        ("typeof BroadcastChannel + typeof Worker + typeof importScripts;", "undefinedundefinedundefined"),
        ("typeof XMLHttpRequest + typeof WebSocket + typeof EventSource;", "undefinedundefinedundefined"),
        ("typeof postMessage + typeof close + typeof self.postMessage;", "undefinedundefinedundefined"),
        (
            "typeof navigator.storage + typeof navigator.locks + typeof navigator.serviceWorker;",
            "undefined" * 3,
        ),
        (
            "Object.getOwnPropertyNames(DedicatedWorkerGlobalScope.prototype).includes('postMessage');",
            "false",
        ),
        ("try { await fetch('https://example.com/'); } catch (error) { error.name; }\n1;", "1"),
        ("await import('https://example.com/a.js').then(() => 'came', () => 'refused');", "refused"),
        (
            "await import('data:text/javascript,export default 1').then(() => 'came', () => 'refused');",
            "refused",
        ),
        ("let evaluated = 'refused'; try { evaluated = eval('1'); } catch {} evaluated + '';", "refused"),
        (
            "await fetch('/book/page.html', { method: 'POST' }).then(() => 'sent', () => 'refused');",
            "refused",
        ),
        ("await fetch('/book/page.html').then((answer) => answer.status);", "200"),
        ("await (await fetch('data:text/csv,a;b')).text();", "a;b"),
        ("globalThis.constructor.constructor === Function;", "true"),
    ],
)
def test_a_cells_code_reaches_nothing_but_the_sites_files(lasting: LivePage, code: str, refused: str) -> None:
    assert lasting.run("alone", code)["text"] == refused
    asked = [url for url in lasting.asked if "example.com" in url]
    while len(lasting.refused) < len(asked):
        # The cell's own code can hear of the refusal a moment before the browser tells of it here.
        lasting.tab.context.wait_for_event("requestfailed", timeout=10_000)
    assert lasting.refused == asked


def test_html_is_cleaned(page: LivePage) -> None:
    page.run(
        "alone",
        "show.html(`<div onclick='stolen = 1' style='position: fixed; color: red'>text <iframe src='/'></iframe>"
        "<img src='https://example.com/x.png' onerror='stolen = 1'><form><input></form>"
        "<a href='javascript:stolen = 1'>a</a></div>`);",
    )
    inside = page.cell("alone").locator(".live-html")
    assert inside.inner_html() == '<div style="color: red;">text <img><a>a</a></div>'
    assert page.tab.evaluate("typeof stolen") == "undefined"


def test_the_page_stays_accessible_on_a_phone_and_in_the_dark(browser: Browser, address: str) -> None:
    for theme in ("light", "dark"):
        with live_page(browser, address, viewport={"width": 360, "height": 780}, color_scheme=theme) as shown:
            shown.tab.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            shown.run("first")
            shown.run("third", "tf.ones([2, 3]).matMul(tf.ones([2, 3]));")
            shown.run("other", "tf.zeros([2]).add(1).add(1);\nconsole.table([{ a: 1 }]);\ntf.zeros([2, 2]);")
            found = [line for line in axe_violations(shown.tab) if "#live-" in line or "live-" in line]
            assert found == []
            sticking_out = shown.tab.evaluate(
                "[...document.querySelectorAll('.live')].filter((it) => it.scrollWidth > it.clientWidth + 1).length"
            )
            assert sticking_out == 0


def test_leaving_the_page_ends_the_worker(page: LivePage) -> None:
    page.run("first")
    assert len(page.tab.workers) == 1
    page.tab.evaluate("dispatchEvent(new Event('pagehide'))")
    page.tab.wait_for_timeout(200)
    assert page.tab.workers == []
