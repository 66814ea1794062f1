"""The gesture trainer with a camera: a real video of rendered hands, and every way in which there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils import browser as chromium
from tests.conftest import NO_NETWORK, ROOT
from tests.site import gesture_stage as stage
from tests.site.gesture_stage import NAMES
from tests.site.gesture_video import BURST_NOW, MARKS, write_video

CAMERA_JS = ROOT / "book" / "_static" / "lab" / "camera.js"
#: How often the head looks until the tensors are counted again; `make test-all` waits for 500.
LOOKS, MORE_LOOKS = 120, 500


@pytest.fixture(scope="module")
def filming(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A second browser, before whose camera hands show rock, paper and scissors, again and again."""
    video = tmp_path_factory.mktemp("video") / "hands.y4m"
    write_video(video)
    # A process holds one Playwright, so this one comes from that of the first browser.
    started = browser.browser_type.launch(
        executable_path=chromium.chromium_path(),
        args=[
            *chromium.flags(False),
            NO_NETWORK,
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ],
    )
    yield started
    started.close()


def start_camera(page: Page) -> None:
    page.get_by_role("button", name="Start camera").click()
    stage.expect_status(page, "The camera is on.")


def wait_for_burst(page: Page, *numbers: int) -> int:
    """Wait until the camera shows one of these bursts."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        now = page.evaluate(BURST_NOW)
        if now in numbers:
            return now
        page.wait_for_timeout(60)
    raise AssertionError(f"The camera did not show any of {numbers}.")


def hold(page: Page, name: str, way: str) -> None:
    """Hold the button of a class for a while, by mouse or by keyboard."""
    button = page.get_by_role("button", name=f"Hold to collect {name}")
    if way == "mouse":
        button.hover()
        page.mouse.down()
    else:
        button.focus()
        page.keyboard.down("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(1500)
    if way == "mouse":
        page.mouse.up()
    else:
        page.keyboard.up("Space")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_collect_train_recognise_play_and_many_looks(filming: Browser, pytestconfig: pytest.Config) -> None:
    wanted = MORE_LOOKS if pytestconfig.getoption("slow") else LOOKS
    with stage.trainer_page(filming, width=390, height=844, permissions=["camera"]) as page:
        start_camera(page)
        for number in range(len(MARKS)):
            name = NAMES[number % len(NAMES)]
            wait_for_burst(page, number)
            hold(page, name, "mouse" if number < len(NAMES) else "keyboard")
        collected = stage.counts(page)
        assert min(collected) >= 8, collected
        expect(page.get_by_role("button", name="Delete this sample of Rock")).to_have_count(6)
        stage.train(page)

        # What it sees, against what the video shows.
        right = []
        for number in range(len(NAMES)):
            shown = wait_for_burst(page, number, number + len(NAMES))
            page.wait_for_timeout(700)
            seen = stage.best(page)
            if page.evaluate(BURST_NOW) == shown:
                right.append(seen == NAMES[number])
        assert right
        assert all(right)

        stage.go(page, "play")
        page.get_by_role("button", name="Play a round").click()
        expect(page.locator(".lab-gestures-result")).to_contain_text("I saw", timeout=20_000)
        page.wait_for_timeout(500)
        [played] = page.evaluate("values.rounds")
        assert played["mine"] in ("rock", "paper", "scissors")

        before = stage.tensors(page)
        first = looks(page)
        expect(page.locator(".lab-gestures-looks")).to_be_visible()
        end = time.monotonic() + 90
        while looks(page) < first + wanted and time.monotonic() < end:
            page.wait_for_timeout(400)
        assert looks(page) >= first + wanted
        page.get_by_role("button", name="Stop camera").click()
        page.wait_for_timeout(300)
        assert stage.tensors(page) == before


def looks(page: Page) -> int:
    """How often the head has looked."""
    return int(page.locator(".lab-gestures-looks").text_content().split()[1].strip(","))


def test_the_camera_is_asked_for_on_a_click_and_stops_when_hidden_or_left(filming: Browser) -> None:
    with stage.trainer_page(filming, width=1200, permissions=["camera"]) as page:
        page.evaluate("""() => {
          window.streams = [];
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wanted) => {
            const stream = await ask(wanted);
            streams.push(stream);
            return stream;
          };
        }""")
        live = "streams.flatMap((stream) => stream.getTracks()).map((track) => track.readyState)"
        start_camera(page)
        assert page.evaluate(live) == ["live"]
        assert page.locator(".lab-gestures-screen").get_attribute("data-mirror") == "true"
        page.get_by_role("switch", name="Mirror").click()
        assert page.locator(".lab-gestures-screen").get_attribute("data-mirror") == "false"
        page.evaluate("""() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
          delete document.hidden;
        }""")
        stage.expect_status(page, "The camera was switched off because the page was hidden.")
        assert page.evaluate(live) == ["ended"]
        assert page.locator("video").count() == 0
        start_camera(page)
        page.get_by_role("button", name="Stop camera").click()
        stage.expect_status(page, "The camera is off.")
        start_camera(page)
        page.evaluate("cleanup()")
        assert page.evaluate(live) == ["ended"] * 3


def test_leaving_while_the_browser_asks_lets_the_camera_go(filming: Browser) -> None:
    with stage.trainer_page(filming, permissions=["camera"]) as page:
        page.evaluate("""() => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wanted) => {
            window.stream = await ask(wanted);
            await new Promise((resolve) => { setTimeout(resolve, 500); });
            return stream;
          };
        }""")
        page.get_by_role("button", name="Start camera").click()
        stage.expect_status(page, "Waiting for the camera.")
        page.evaluate("cleanup()")
        page.wait_for_timeout(1200)
        assert page.evaluate("stream.getTracks()[0].readyState") == "ended"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("NotAllowedError", "The camera was not allowed"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "The camera is in use by another program"),
    ],
)
def test_each_refusal_has_its_sentence(browser: Browser, reason: str, words: str) -> None:
    with stage.trainer_page(browser) as page:
        page.evaluate(
            """(name) => {
              navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", name); };
            }""",
            reason,
        )
        page.get_by_role("button", name="Start camera").click()
        stage.expect_status(page, words)
        # Nothing is lost by it: the sample hands do instead.
        stage.add_hands(page, "Rock")
        assert stage.counts(page) == [stage.SAMPLE_HANDS, 0, 0]
        expect(page.get_by_role("button", name="Start camera")).to_be_enabled()


def test_a_reader_who_says_no_and_a_machine_without_a_camera(browser: Browser, filming: Browser) -> None:
    with stage.trainer_page(filming) as page:
        page.get_by_role("button", name="Start camera").click()
        stage.expect_status(page, "The camera was not allowed: allow it for this page")
    with stage.trainer_page(browser, permissions=["camera"]) as page:
        page.get_by_role("button", name="Start camera").click()
        stage.expect_status(page, "No camera was found: connect one")


def test_a_page_without_https_says_so(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    script = CAMERA_JS.read_text(encoding="utf-8")

    def answer(route: object) -> None:
        if route.request.url.endswith("camera.js"):
            route.fulfill(body=script, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>t</title>", content_type="text/html")

    context.route("**/*", answer)
    page.goto("http://course.example/")
    said = page.evaluate("""async () => {
      const { openCamera, CameraProblem } = await import("/camera.js");
      return openCamera().catch((problem) => [problem instanceof CameraProblem, problem.kind, problem.message]);
    }""")
    context.close()
    assert said[:2] == [True, "insecure"]
    assert "https" in said[2]
