/**
 * A network reads "38+94" as characters, from the right, and writes "132" while it reads: how sure it is of each character,
 * all sums at once, and what it does with numbers that it never saw.
 * Data: `sum`. Sends back `sum`, `answer`, `probabilities` (of the answer's characters as written, ones first), and after all sums
 * were tried `tried` and `right`.
 */
import { ask, decode, filled, LARGEST, parse, PLACES, rightAnswer } from "../lab/addition.js";
import { createGrid } from "../lab/addition-grid.js";
import { button, dataTable, h, toolbar, uniqueId } from "../lab/dom.js";
import { withKit } from "../lab/kit.js";
import { fetchJson } from "../lab/files.js";
import { createSync, valueOr } from "../lab/sync.js";

const SAMPLES = ["38+94", "7+0", "58+67", "100+98", "100+100", "123+4"];
const ROWS_AT_ONCE = 5;
const CELLS = { 0: "lab-sums-character", 1: "lab-sums-character", 4: "lab-sums-else" };
const percent = (share) => {
  if (share >= 0.9995) return "100 %";
  return share < 0.0005 ? "0 %" : `${(100 * share).toFixed(1)} %`;
};
const shown = (character) => (character === " " ? h("span", { class: "lab-sums-space" }, "·") : character);
const whole = (count) => count.toLocaleString("en-GB");

/** @param {{model: any, el: HTMLElement}} view @returns {Promise<() => void>} */
function render({ model, el }) {
  return withKit({ model, el, backends: ["wasm", "cpu", "webgl"], styles: "sums" }, start);
}

async function start(kit) {
  const { tf, model, main, scope, status } = kit;
  const [net, card] = await Promise.all([kit.loadModel("sums", { warm: true }), fetchJson(model, "models/sums/card.json")]);
  const unseen = new Set(card.never_trained_on.split(" ").flatMap((sum) => [sum, sum.split("+").reverse().join("+")]));
  const sync = createSync(model);
  scope.add(sync.stop);

  const id = uniqueId("sum");
  const input = h("input", { id, class: "lab-sums-input", type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false", maxlength: 9 });
  const answer = h("p", { class: "lab-sums-answer" });
  const steps = createSteps();
  const wrong = [];
  const table = dataTable({ summary: "The sums it got wrong", columns: ["sum", "the network", "right"],
    rows: () => wrong.map(({ sum, said }) => [sum, said || "nothing", rightAnswer(sum)]) });
  scope.add(table.stop);
  const grid = createGrid({ unseen, onPick: (sum) => { input.value = sum; consider(); } });
  scope.add(grid.dispose);
  const all = button({ label: `Try all ${whole((LARGEST + 1) ** 2)} sums`, icon: "play", primary: true, onClick: () => (running ? stop() : tryAll()) });
  let turn = 0, running = null, closed = false;
  scope.add(() => { closed = true; running = null; });

  /** Let the network answer what stands in the field; an answer that comes too late is left out. */
  async function consider() {
    const { sum, problem, inRange } = parse(input.value);
    input.setAttribute("aria-invalid", String(Boolean(problem)));
    const mine = ++turn;
    if (problem) {
      answer.textContent = "";
      steps.clear();
      grid.point(null);
      status.say(problem, { tone: "bad" });
      return;
    }
    const probabilities = await kit.compute(() => ask(tf, net, [sum]));
    if (!probabilities || closed || mine !== turn) return;
    const { answer: said, sure, places } = decode(probabilities, 0);
    const right = said === rightAnswer(sum);
    answer.textContent = `${sum.replace("+", " + ")} = ${said || "?"}`;
    answer.dataset.right = String(right);
    steps.update(sum, places);
    grid.point(inRange ? sum : null);
    const verdict = right ? "right" : `wrong, it is ${rightAnswer(sum)}`;
    const known = !inRange ? `It was trained with numbers up to ${LARGEST} only.` : unseen.has(sum) ? "It was never trained on this pair." : "It was trained on this pair.";
    status.say(`${sum} is ${said || "nothing"}: ${verdict}. It is ${percent(sure)} sure. ${known}`, { tone: right ? "good" : "bad" });
    sync.send({ sum, answer: said, probabilities: places.slice(-PLACES).map(({ share }) => share) });
    kit.meter.update();
  }

  function stop() {
    running = null;
    all.label = `Try all ${whole((LARGEST + 1) ** 2)} sums`;
    all.icon = "play";
  }

  async function tryAll() {
    const mine = (running = {});
    all.label = "Stop";
    all.icon = "stop";
    wrong.length = 0;
    grid.clear();
    for (let first = 0; first <= LARGEST && running === mine; first += ROWS_AT_ONCE) {
      const sums = [];
      for (let other = first; other < Math.min(first + ROWS_AT_ONCE, LARGEST + 1); other += 1) {
        for (let one = 0; one <= LARGEST; one += 1) sums.push(`${one}+${other}`);
      }
      let probabilities;
      // A lost backend gives nothing; the next one is asked again.
      while (!probabilities && running === mine) probabilities = await kit.compute(() => ask(tf, net, sums));
      if (running !== mine) break;
      sums.forEach((sum, row) => {
        const said = decode(probabilities, row).answer;
        const right = said === rightAnswer(sum);
        grid.set(sum, right);
        if (!right) wrong.push({ sum, said });
      });
      grid.draw();
      table.update();
      kit.meter.update();
      report(false);
      await new Promise((resolve) => { setTimeout(resolve); });
    }
    if (closed || (running && running !== mine)) return;
    report(running === mine);
    stop();
  }
  function report(finished) {
    const { tried, right, unseen: fresh, unseenRight } = grid.counts();
    const rest = fresh ? ` Of ${whole(fresh)} that it was never trained on, ${whole(unseenRight)} are right.` : "";
    status.say(`${finished ? "All sums tried: " : ""}${whole(right)} of ${whole(tried)} are right (${((100 * right) / tried).toFixed(2)} %).${rest}`,
      { tone: finished ? "good" : "info", now: finished });
    sync.send({ tried, right });
  }

  input.addEventListener("input", consider);
  const legend = h("ul", { class: "lab-sums-legend" },
    [["right", "right"], ["unseen", "right, and never trained on"], ["wrong", "wrong (with a ring)"]]
      .map(([kind, text]) => h("li", null, h("span", { dataset: { kind }, "aria-hidden": "true" }), text)));
  main.append(
    h("div", { class: "lab-sums-ask" },
      h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: id }, "A sum"), input), answer),
    kit.samples({ label: "Or try", items: SAMPLES.map((sum) => ({ name: sum, pick: () => { input.value = sum; consider(); } })) }),
    steps.el,
    h("div", { class: "lab-sums-all" }, grid.el,
      h("div", { class: "lab-sums-side" },
        h("p", null, "Each dot is a sum: the first number from left to right, the second from top to bottom. Touch one to see it above."),
        toolbar(all), legend, table.el)),
    kit.how({
      text: "The sum is a text of seven characters, each number filled up with spaces to three places. One recurrent layer of 64 "
        + "units reads it from the right, one character a step, and keeps what matters in its state. While it reads the first number, it "
        + "writes the answer: ones, tens, hundreds. Nobody told it what a digit is worth, or what a carry is.",
      chapter: { title: "The page on this demo", href: "book/lab/sums.html" },
      card: "sums",
    }));
  kit.onBackend(consider);
  sync.listen("sum", (sum) => { input.value = sum; consider(); });
  input.value = valueOr(model, "sum", SAMPLES[0]);
  grid.draw();
  await consider();
  return kit.close;
}

/** What is read and what is written, step by step: laid out as on paper, so the steps go from right to left. */
function createSteps() {
  const names = ["reads", "writes", "how sure", null, "or else"];
  // The bars say in a picture what the row above says in numbers.
  const rows = names.map((name) => (name ? h("tr", null, h("th", { scope: "row" }, name)) : h("tr", { "aria-hidden": "true" }, h("td"))));
  const el = h("table", { class: "lab-sums-table" },
    h("caption", null, "It reads from right to left ←, and writes the answer under the first number."), h("tbody", null, rows));
  const clear = () => rows.forEach((row) => row.replaceChildren(row.firstChild));
  return {
    el,
    clear,
    update(sum, places) {
      clear();
      const written = [...places].reverse();
      [...filled(sum)].forEach((character, column) => {
        const { best, share, next, nextShare } = written[column];
        const dataset = { answer: String(column < PLACES) };
        const cells = [shown(character), shown(best), percent(share),
          h("span", { class: "lab-sums-bar", style: { "--lab-share": share }, "aria-hidden": "true" }),
          [h("strong", null, shown(next)), h("span", null, percent(nextShare))]];
        cells.forEach((content, row) => rows[row].append(h("td", { dataset: row ? dataset : {}, class: CELLS[row] ?? null }, content)));
      });
    },
  };
}

export default { render };
