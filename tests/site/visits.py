"""Visits to pages of a site: each is loaded as a reader loads it, and what a test may ask about is noted."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, Response

ROOT = Path(__file__).parents[2]
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
THEMES = ("light", "dark")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
START_SECONDS = 60
# One page of each kind, visited at every size in every theme; the others take turns. `make test-all` and `make check`
# spare nothing.
SAMPLES = (
    "book/index",
    "book/week1/one-neuron",
    "book/week1/exercise",
    "book/lab/digits",
    "book/lab/exercises",
    "book/reference/instructors",
)
# Widest first; an element inside something that scrolls by itself does not widen the page.
WIDER_THAN_THE_PAGE = """() => {
  const page = document.scrollingElement, width = page.clientWidth;
  if (page.scrollWidth <= width) return [];
  const scrolls = (node) => {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return true;
    return false;
  };
  return [...document.body.querySelectorAll("*")]
    .filter((node) => node.getBoundingClientRect().right > width + 1 && !scrolls(node))
    .slice(0, 5)
    .map((node) => [node, Math.round(node.getBoundingClientRect().right)])
    .map(([node, right]) => `${node.localName}.${node.className} reaches ${right} of ${width} px`)
    .concat(`the page is ${page.scrollWidth} px wide in a window of ${width} px`);
}"""
# Pictures load when they come near the window: bring each there, then wait until it has arrived or failed.
LOAD_EVERYTHING = """async () => {
  await document.fonts.ready;
  for (const image of document.images) image.loading = "eager";
  const shown = [...document.images].filter((image) => image.checkVisibility());
  await Promise.all(shown.map((image) => image.decode().catch(() => undefined)));
}"""


# Every folded box opened, and an answer given to every question, so that what appears then is examined too.
OPEN_AND_ANSWER = """() => {
  for (const box of document.querySelectorAll("main details")) box.open = true;
  for (const question of document.querySelectorAll("form.quiz-question")) {
    question.querySelector("input").click();
    question.requestSubmit();
  }
}"""
BROKEN_PICTURES = """() => [...document.images]
  .filter((image) => image.checkVisibility() && !image.naturalWidth)
  .map((image) => image.src)"""
FOLDS = ".quiz-why, details.folded, .quiz-answers"
HIDDEN_ON_PAPER = """() => [...document.querySelectorAll(".quiz-why, details.folded > *, .quiz-answers > *")]
  .filter((part) => !part.checkVisibility() || part.getBoundingClientRect().height < 4)
  .map((part) => part.textContent.trim().slice(0, 60))"""
# The one exception: axe takes a table heading that is a formula for empty, because it does not read MathML;
# screen readers do.
RUN_AXE = """async (tags) => {
  const found = await axe.run({ runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  const isFormula = (node) => document.querySelector(node.target.at(-1))?.querySelector("math");
  for (const rule of found.violations)
    if (rule.id === "empty-table-header") rule.nodes = rule.nodes.filter((node) => !isFormula(node));
  return found.violations.filter((rule) => rule.nodes.length);
}"""
# Colours are judged as they end, not while a box fades in, and what a page does about what just changed is done.
END_ANIMATIONS = """async () => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise((done) => requestAnimationFrame(done));
  for (const animation of document.getAnimations())
    if (animation.effect.getComputedTiming().endTime < Infinity) animation.finish();
}"""
# The empty page that a tab begins with has no storage.
CHOOSE_THEME = """((theme) => {
  if (!location.protocol.startsWith("http")) return;
  localStorage.setItem("mode", theme);
  localStorage.setItem("theme", theme);
})"""


@dataclass(frozen=True)
class Plan:
    """A visit to be made, and in which states axe judges the page, which takes longer than all else."""

    size: str
    theme: str
    axe_as_loaded: bool
    axe_after_use: bool


def plans(number: int, whole: bool) -> list[Plan]:
    """The visits to a page: `whole`, at both sizes in both themes, else once at each size.

    Then one of the two is light and one dark, and axe judges one of them, after use, when what was folded is open and
    demos run: of four pages with numbers that follow one another each in another size and theme.
    """
    if whole:
        return [
            Plan(size, theme, True, (size == "phone") == (theme == "dark"))
            for size in SIZES
            for theme in THEMES
        ]
    turn, phone = number % 2, bool(number // 2 % 2)
    return [Plan("phone", THEMES[turn], False, phone), Plan("desktop", THEMES[1 - turn], False, not phone)]


@dataclass
class Visit:
    """What was noted while a page was loaded, and after its demos were started."""

    page: str
    size: str
    theme: str
    requests: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)
    broken_pictures: list[str] = field(default_factory=list)
    not_started: list[str] = field(default_factory=list)
    hidden_on_paper: list[str] = field(default_factory=list)
    weight: int = 0

    def __str__(self) -> str:
        return f"{self.page} ({self.size}, {self.theme})"


@contextmanager
def open_page(browser: Browser, site: str, page: str, size: str, theme: str) -> Iterator[tuple[Page, Visit]]:
    """Load `page` (such as "book/week1/one-neuron") of the site at the address `site`, and note what happens.

    The theme is chosen as a reader chooses it, with the site's own switch; on the desktop the system prefers
    the other one, so that a part which follows the system instead of the switch is found out.
    """
    width, height = SIZES[size]
    system = theme if size == "phone" else THEMES[1 - THEMES.index(theme)]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=size == "phone",
        color_scheme=system,
        reduced_motion="reduce",
    )
    visit = Visit(page, size, theme)
    try:
        context.add_init_script(f"{CHOOSE_THEME}('{theme}')")
        _take_notes(context, visit, site)
        tab = context.new_page()
        tab.goto(f"{site}/{page}.html", wait_until="load")
        tab.evaluate(LOAD_EVERYTHING)
        yield tab, visit
    finally:
        context.close()


def examine(tab: Page, visit: Visit, when: str = "", axe: bool = True) -> None:
    """Note what is wrong with the page as it stands now, with what axe says or without."""
    visit.wide += [f"{when}{line}" for line in tab.evaluate(WIDER_THAN_THE_PAGE)]
    visit.axe += [f"{when}{line}" for line in (axe_violations(tab) if axe else ())]
    visit.broken_pictures += tab.evaluate(BROKEN_PICTURES)


def use(tab: Page, visit: Visit) -> None:
    """Open every folded box, answer every question, and start every demo."""
    tab.evaluate(OPEN_AND_ANSWER)
    for demo in tab.locator("figure.demo").all():
        status = demo.locator(".demo-status")
        try:
            demo.locator(".demo-start").click(timeout=START_SECONDS * 1000)
            demo.and_(tab.locator(".demo-running")).wait_for(timeout=START_SECONDS * 1000)
        except Error as error:
            said = status.inner_text() if status.count() else str(error).splitlines()[0]
            visit.not_started.append(f"{demo.get_attribute('data-demo')}: {said}")


def print_out(tab: Page, visit: Visit) -> None:
    """Note what a reader who prints the page would miss, where it folds anything, and go back to the screen."""
    if not tab.locator(FOLDS).count():
        return
    tab.emulate_media(media="print")
    tab.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    visit.hidden_on_paper += tab.evaluate(HIDDEN_ON_PAPER)
    tab.emulate_media(media="null")
    tab.evaluate("() => dispatchEvent(new Event('afterprint'))")


def axe_violations(tab: Page) -> list[str]:
    """What axe finds wrong, one line a rule, with the first elements concerned."""
    if not tab.evaluate("() => 'axe' in globalThis"):
        tab.evaluate(_axe_source())
    tab.evaluate(END_ANIMATIONS)
    return [
        f"{rule['id']}: {rule['help']}, at {'; '.join(str(node['target'][-1]) for node in rule['nodes'][:4])}"
        f"{' …' if len(rule['nodes']) > 4 else ''} ({_reason(rule['nodes'][0])})"
        for rule in tab.evaluate(RUN_AXE, AXE_TAGS)
    ]


def _reason(node: dict) -> str:
    return " ".join(node["failureSummary"].split("\n", 1)[-1].split())[:200]


@cache
def _axe_source() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def weigh(visit: Visit, site: str, folder: Path) -> int:
    """The compressed size of all that the page has asked for so far, beside fonts and pictures, in bytes."""
    return sum(_weight(folder, site, address) for address in set(visit.requests))


def _take_notes(context: BrowserContext, visit: Visit, site: str) -> None:
    origin = "{0.scheme}://{0.netloc}/".format(urlsplit(site))

    def on_request(request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        if not request.url.startswith(origin):
            visit.foreign.append(request.url)
        elif request.resource_type not in {"font", "image"}:
            visit.requests.append(request.url)

    def on_response(response: Response) -> None:
        if response.status >= 400:
            visit.failed.append(f"{response.status} {response.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            place = f"{message.location['url']}:{message.location['lineNumber']}"
            visit.complaints.append(f"{message.text} ({place})")

    context.on("request", on_request)
    context.on("requestfailed", lambda request: visit.failed.append(f"{request.failure} {request.url}"))
    context.on("response", on_response)
    context.on("console", on_console)
    context.on("weberror", lambda error: visit.complaints.append(str(error.error)))


def _weight(folder: Path, site: str, address: str) -> int:
    """The compressed size of what the site sends for `address`, in bytes."""
    path = unquote(urlsplit(address).path).removeprefix(urlsplit(site).path).lstrip("/")
    file = folder / path
    return _compressed_size(file / "index.html" if file.is_dir() else file)


@cache
def _compressed_size(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), compresslevel=6)) if file.is_file() else 0
