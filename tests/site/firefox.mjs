// Works pages of the site in Firefox, through WebDriver BiDi: firefox.mjs PROGRAM ADDRESS, with the visits as JSON on
// standard input; the answer is a JSON list of what each visit saw.
import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const [program, address] = process.argv.slice(2);
const visits = JSON.parse(readFileSync(0, "utf8"));
const WAIT_MS = 60_000;

/** Ask the page until it says yes. */
async function until(page, question, ...values) {
  const end = Date.now() + WAIT_MS;
  while (Date.now() < end) {
    if (await page.evaluate(question, ...values)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

const press = (root, name) => {
  const buttons = [...document.querySelector(root).querySelectorAll("button")];
  const button = buttons.find((each) => each.innerText.trim() === name || each.getAttribute("aria-label") === name);
  button?.click();
  return Boolean(button);
};
const says = (root, text) => document.querySelector(root).innerText.includes(text);

const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const seen = [];
try {
  for (const { page: name, demo, presses, text } of visits) {
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`${address}/${name}.html`, { waitUntil: "load" });
    const root = `#demo-${demo}`;
    await page.evaluate((where) => document.querySelector(where).querySelector(".demo-start").click(), root);
    const started = await until(page, (where) => document.querySelector(where).classList.contains("demo-running"), root);
    const missing = [];
    for (const label of presses) if (!(await until(page, press, root, label))) missing.push(label);
    const answered = !text || await until(page, says, root, text);
    const shown = await page.evaluate((where) => document.querySelector(where).innerText.slice(0, 400), root);
    seen.push({ demo, started, answered, missing, errors, shown });
    await page.close();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
