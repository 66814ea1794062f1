// Works an exercise in Firefox, through WebDriver BiDi: exercise_firefox.mjs PROGRAM ADDRESS, with a JSON list of codes
// on standard input. Each is checked, and after the last one the page is loaded again. Answers with a JSON list of
// { code, states, status, progress }: what the page shows then.
import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const [program, address] = process.argv.slice(2);
const codes = JSON.parse(readFileSync(0, "utf8"));
const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const given = [];

const look = () => ({
  code: document.querySelector(".live-exercise .cm-content, .live-exercise .live-block pre").textContent,
  states: [...document.querySelectorAll(".live-checks li")]
    .map((item) => [item.dataset.state ?? "", item.querySelector(".live-check-why")?.textContent ?? ""]),
  status: document.querySelector(".live-exercise-status")?.textContent ?? "",
  progress: document.querySelector("tr[data-kind='exercise'] .course-progress-done").textContent,
});

try {
  const page = await browser.newPage();
  await page.goto(address, { waitUntil: "load" });
  await page.waitForSelector(".live-exercise-bar button");
  for (const code of codes) {
    given.push(await page.evaluate(`(async (code) => {
      const { cellOf } = await import("/_static/lab/live/cells.js");
      cellOf(document.querySelector(".live-exercise .live")).code = code;
      const check = document.querySelector(".live-exercise-bar button");
      check.click();
      while (check.getAttribute("aria-disabled") === "true") await new Promise((done) => setTimeout(done, 50));
      return (${look})();
    })(${JSON.stringify(code)})`));
  }
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector(".live-exercise-bar button");
  given.push(await page.evaluate(`(${look})()`));
} finally {
  await browser.close();
}
console.log(JSON.stringify(given));
