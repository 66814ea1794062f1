/**
 * Quizzes that answer at once. Each explanation moves from the folded list under its question to its option,
 * where it shows once the question is answered. Each answer is announced as a `course:answered` event and kept in
 * the store of progress. When the reader comes back, a right answer stands there with its explanations; a wrong
 * one stands chosen, but the right one is not given away a second time.
 * @module
 */

import { progress } from "./progress.js";

/**
 * @typedef {object} Option
 * @property {HTMLElement} element
 * @property {HTMLInputElement} input
 * @property {HTMLElement} why
 * @property {boolean} right
 */

/**
 * Bring every quiz under `root` to life.
 * @param {ParentNode} root
 */
export function startQuizzes(root) {
  for (const form of root.querySelectorAll("form.quiz-question")) {
    startQuestion(/** @type {HTMLFormElement} */ (form));
  }
}

/** @param {HTMLFormElement} form */
function startQuestion(form) {
  const options = [...form.querySelectorAll(".quiz-option")].map((element) => readOption(/** @type {HTMLElement} */ (element)));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector(".quiz-check"));
  const status = /** @type {HTMLElement} */ (form.querySelector(".quiz-status"));
  form.querySelector(".quiz-answers")?.remove();
  button.hidden = false;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!options.some(({ input }) => input.checked)) {
      status.textContent = "Choose an answer first.";
      return;
    }
    const correct = options.every(({ input, right }) => input.checked === right);
    for (const option of options) reveal(option);
    form.dataset.answered = correct ? "right" : "wrong";
    status.textContent = summary(options, correct);
    const quiz = /** @type {HTMLElement | null} */ (form.closest(".quiz"))?.dataset.quiz;
    const detail = { quiz, question: Number(form.dataset.question), correct };
    form.dispatchEvent(new CustomEvent("course:answered", { bubbles: true, detail }));
    keep(form, options, correct);
  });

  form.addEventListener("change", () => {
    delete form.dataset.answered;
    status.textContent = "";
    for (const option of options) conceal(option);
  });

  restore(form, options, status);
}

/**
 * The quiz that a question belongs to, as the store of progress knows it; null where it has no page.
 * @param {HTMLFormElement} form
 */
function quizOf(form) {
  const section = /** @type {HTMLElement | null} */ (form.closest(".quiz[data-page]"));
  if (!section) return null;
  const { page, quiz, title } = section.dataset;
  const total = section.querySelectorAll("form.quiz-question").length;
  return { name: { page, kind: /** @type {const} */ ("quiz"), id: quiz }, title, total };
}

/**
 * Keep an answer. A question once answered rightly stays so, however often it is tried again.
 * @param {HTMLFormElement} form
 * @param {Option[]} options
 * @param {boolean} correct
 */
function keep(form, options, correct) {
  const quiz = quizOf(form);
  if (!quiz) return;
  const number = form.dataset.question;
  const chosen = options.filter(({ input }) => input.checked).map(({ input }) => input.value);
  progress.change(quiz.name, (now) => {
    const before = now?.state?.answers ?? {};
    const had = before[number]?.wording === wordingOf(form, options) && before[number].correct;
    const answer = { chosen, correct, wording: wordingOf(form, options) };
    const answers = had && !correct ? before : { ...before, [number]: answer };
    const done = Object.values(answers).filter((one) => one.correct).length;
    return { title: quiz.title, total: quiz.total, done: Math.min(done, quiz.total), state: { answers } };
  });
}

/**
 * Put back what the reader chose when they were here last, unless the question has changed since.
 * @param {HTMLFormElement} form
 * @param {Option[]} options
 * @param {HTMLElement} status
 */
function restore(form, options, status) {
  const quiz = quizOf(form);
  const { page, kind, id } = quiz?.name ?? {};
  const answer = quiz && progress.find(page, kind, id)?.state?.answers?.[form.dataset.question];
  if (!Array.isArray(answer?.chosen) || answer.wording !== wordingOf(form, options)) return;
  for (const { input } of options) input.checked = answer.chosen.includes(input.value);
  if (options.every(({ input, right }) => input.checked === right)) {
    for (const option of options) reveal(option);
    form.dataset.answered = "right";
    status.textContent = summary(options, true);
  } else {
    status.textContent = "Your last answer was not right. Choose again.";
  }
}

/**
 * A number that changes when a question or its options do (32-bit FNV-1a of their text).
 * @param {HTMLFormElement} form
 * @param {Option[]} options
 */
function wordingOf(form, options) {
  const labels = options.map(({ element, right }) => `${element.querySelector("label")?.textContent} ${right}`);
  let hash = 0x811c9dc5;
  for (const letter of [form.querySelector("legend")?.textContent, ...labels].join("\n")) {
    hash = Math.imul(hash ^ /** @type {number} */ (letter.codePointAt(0)), 0x01000193) >>> 0;
  }
  return hash;
}

/**
 * The parts of an option, with its explanation moved under it.
 * @param {HTMLElement} element
 * @returns {Option}
 */
function readOption(element) {
  const input = /** @type {HTMLInputElement} */ (element.querySelector("input"));
  const item = /** @type {HTMLElement} */ (document.getElementById(`${input.id}-why`));
  const why = document.createElement("div");
  why.className = "quiz-why";
  why.hidden = true;
  why.append(...item.childNodes);
  item.remove();
  why.id = `${input.id}-why`;
  element.append(why);
  return { element, input, why, right: element.dataset.right === "true" };
}

/** @param {Option} option */
function reveal({ element, input, why, right }) {
  const verdict = /** @type {HTMLElement} */ (why.querySelector(".quiz-verdict"));
  if (input.checked) verdict.textContent = right ? "Your answer is right." : "Your answer is not right.";
  else verdict.textContent = right ? "This answer is right." : "Not right.";
  element.dataset.verdict = right ? "right" : "wrong";
  element.classList.toggle("quiz-chosen", input.checked);
  input.setAttribute("aria-describedby", why.id);
  why.hidden = false;
}

/** @param {Option} option */
function conceal({ element, input, why }) {
  delete element.dataset.verdict;
  element.classList.remove("quiz-chosen");
  input.removeAttribute("aria-describedby");
  why.hidden = true;
}

/**
 * The sentence under a question once it is answered.
 * @param {Option[]} options
 * @param {boolean} correct
 */
function summary(options, correct) {
  const right = options.filter((option) => option.right);
  const letters = right.map(({ input }) => input.value);
  if (correct) return right.length > 1 ? `Right: ${list(letters)} are the right answers.` : "Right.";
  if (right.length === 1) return `Not right. The right answer is ${letters[0]}.`;
  return `Not quite. The right answers are ${list(letters)}.`;
}

/** @param {string[]} words "A", "B" and "C" as "A, B and C". */
function list(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words.join("");
}
