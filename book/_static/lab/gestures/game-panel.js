/**
 * The game: a countdown, the reader's hand, the computer's pick, the score and the rounds so far.
 * @module lab/gestures/game-panel
 */
import { button, dataTable, h, readout, readouts, toolbar } from "../dom.js";
import { animationLoop } from "../theme.js";
import { createMatch, moveName, moveOf, movesOf, verdict } from "./rules.js";

const COUNT = ["3", "2", "1"];
const BEAT_MS = 700, CALM_BEAT_MS = 1000;
/** Pixels of the picture in a tile. */
const TILE = 160;
/** Predictions of the last moments that decide what the reader shows. */
const LAST_MS = 600, FEWEST = 2, LONGEST_WAIT_MS = 3000;
const WINNERS = { reader: "You win.", computer: "The computer wins.", nobody: "A draw." };

/**
 * @param {{ trainer: any, view: any, scope: any, dice: () => number, calm: boolean,
 *           handOf: (move: string) => HTMLCanvasElement, onRound: (match: any) => void }} options
 *   `dice`: the computer's, numbers from 0 up to 1; `calm`: the reader wants less motion; `handOf`: a picture of a move
 */
export function createGamePanel({ trainer, view, scope, dice, calm, handOf, onRound }) {
  const match = createMatch(dice);
  const playButton = button({ label: "Play a round", icon: "play", primary: true, onClick: () => (playing ? cancel() : play()) });
  const restartButton = button({ label: "New match", icon: "reset", onClick: restart, disabled: true });
  const rule = h("p", { class: "lab-note" });
  const result = h("p", { class: "lab-status lab-gestures-result", role: "status", "aria-live": "polite" });
  const picks = { reader: createPick("You", "blue"), computer: createPick("Computer", "orange") };
  const judged = document.createElement("canvas");
  const outputs = { reader: readout("You", "blue"), computer: readout("Computer", "orange"), draws: readout("Draws", "grey") };
  const history = dataTable({ summary: "The rounds so far", columns: ["round", "you", "computer", "result"],
    rows: () => match.rounds.map(({ mine, theirs, winner, text }, i) =>
      [i + 1, moveName(mine), moveName(theirs), `${text} ${WINNERS[winner]}`]) });
  const el = h("div", { class: "lab-stack" }, toolbar(playButton, restartButton), rule,
    h("div", { class: "lab-gestures-picks" }, picks.reader.el, picks.computer.el),
    result, h("div", { class: "lab-gestures-score" }, readouts(...Object.values(outputs))), history.el);
  /** @type {Array<{ at: number, shares: Float32Array }>} */
  let recent = [];
  let playing = false, timer = 0, wake = null, gone = false;
  // The reader sees in the game what the camera sees, until the round is judged.
  const mirror = animationLoop(() => {
    if (view.kind) view.frame(TILE, judged);
  });

  const wait = (ms) => new Promise((resolve) => {
    wake = resolve;
    timer = setTimeout(resolve, ms);
  });

  async function play() {
    playing = true;
    playButton.label = "Cancel";
    playButton.icon = "stop";
    picks.reader.show("…", judged);
    picks.computer.show("…");
    mirror.start();
    for (const word of COUNT) {
      say(`${word}…`);
      picks.reader.count(word);
      await wait(calm ? CALM_BEAT_MS : BEAT_MS);
      if (!playing || gone) return;
    }
    picks.reader.count("");
    say("Show your hand!");
    const seen = await lastPredictions();
    if (!playing || gone) return;
    finish();
    decide(seen);
  }
  /** What was predicted lately; a slow device is given a little time. */
  async function lastPredictions() {
    // A still picture was judged once, when it came into view.
    const lately = () => (view.kind === "picture" ? recent.slice(-1) : recent.filter(({ at }) => at > performance.now() - LAST_MS));
    const end = performance.now() + LONGEST_WAIT_MS;
    await wait(LAST_MS);
    while (playing && !gone && view.kind === "camera" && lately().length < FEWEST && performance.now() < end) await wait(100);
    return lately().map(({ shares }) => shares);
  }
  function decide(seen) {
    if (!seen.length) {
      empty();
      say("Nothing was seen: start the camera or choose a sample hand, then play again.", "bad");
      return;
    }
    const { index, share } = verdict(seen);
    const name = trainer.names[index], mine = moveOf(name);
    const moves = movesOf(trainer.names);
    if (!mine || !moves.includes(mine)) {
      picks.reader.show(name, judged);
      picks.computer.show("–");
      say(`I saw “${name}” (${percent(share)}), which is no move of this game. The round does not count.`, "bad");
      return;
    }
    const round = match.play(mine, moves);
    picks.reader.show(moveName(round.mine), judged);
    picks.computer.show(moveName(round.theirs), handOf(round.theirs));
    say(`I saw ${moveName(mine)} (${percent(share)}). ${round.text} ${WINNERS[round.winner]}`,
      { reader: "good", computer: "bad", nobody: "info" }[round.winner]);
    showScore();
    onRound(match);
  }
  function showScore() {
    for (const [who, value] of Object.entries(match.score)) outputs[who].value = String(value);
    restartButton.disabled = !match.rounds.length;
    history.update();
  }
  function empty() {
    for (const { show } of Object.values(picks)) show("–");
  }
  function finish() {
    playing = false;
    clearTimeout(timer);
    mirror.stop();
    picks.reader.count("");
    playButton.label = "Play a round";
    playButton.icon = "play";
  }
  function cancel() {
    finish();
    wake?.();
    empty();
    say("Round cancelled.");
  }
  function restart() {
    match.restart();
    empty();
    showScore();
    say("A new match.");
    playButton.el.focus();
    onRound(match);
  }
  function say(text, tone = "info") {
    result.textContent = text;
    result.dataset.tone = tone;
  }
  function refresh() {
    const moves = movesOf(trainer.names);
    playButton.disabled = !trainer.head || !moves.length;
    if (playing && playButton.disabled) cancel();
    rule.textContent = !moves.length ? "The game needs classes called rock, paper and scissors."
      : !trainer.head ? "Train the head first, then play."
        : moves.length === 5 ? "Five moves: each beats two of the others and loses to two."
          : "Rock blunts scissors, scissors cut paper, paper wraps rock. The computer draws its move by lot.";
  }

  trainer.on("classes", refresh);
  trainer.on("head", refresh);
  showScore();
  refresh();
  scope.add(() => {
    gone = true;
    finish();
    wake?.();
    history.stop();
  });
  return {
    el, match,
    /** One more prediction of what is seen. */
    see(shares) {
      recent = [...recent.slice(-30), { at: performance.now(), shares }];
    },
    /** Another thing is in view: what was seen before no longer counts. */
    lookAway() { recent = []; },
  };
}

/** A tile with a picture, a number to count down with, and a name under it. */
function createPick(who, color) {
  const counter = h("span", { class: "lab-gestures-counter", "aria-hidden": "true" });
  const tile = h("div", { class: "lab-gestures-tile", "aria-hidden": "true" });
  const value = h("strong", { class: "lab-gestures-pick" }, "–");
  return {
    el: h("div", { style: { "--lab-accent": `var(--lab-${color})` } }, h("p", { class: "lab-label" }, who), tile, value),
    show(text, picture) {
      value.textContent = text;
      tile.replaceChildren(...(picture ? [picture] : []), counter);
    },
    count(text) { counter.textContent = text; },
  };
}

const percent = (share) => `${Math.round(100 * share)} %`;
