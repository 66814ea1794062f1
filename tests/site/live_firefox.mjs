// Runs live cells in Firefox, through WebDriver BiDi: live_firefox.mjs PROGRAM ADDRESS, with JSON on standard input:
// { listen: script before the page's own, run: function of [name, code], runs: [[name, code], …] }. Answers with a JSON
// list of what the runs gave, the last one what a cell without an end says after Stop.
import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const [program, address] = process.argv.slice(2);
const { listen, run, runs } = JSON.parse(readFileSync(0, "utf8"));
const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const given = [];
try {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(listen);
  await page.goto(address, { waitUntil: "load" });
  await page.waitForSelector(".live-bar");
  for (const one of runs) given.push(await page.evaluate(`(${run})(${JSON.stringify(one)})`));
  given.push(await page.evaluate(async () => {
    const { cellOf } = await import("/_static/lab/live/cells.js");
    const element = document.querySelector(".live");
    cellOf(element).code = "while (true) {}";
    const running = cellOf(element).run();
    await new Promise((done) => setTimeout(done, 1500));
    [...element.querySelectorAll("button")].find((button) => button.textContent === "Stop").click();
    await running;
    return element.querySelector(".live-status").textContent;
  }));
} finally {
  await browser.close();
}
console.log(JSON.stringify(given));
