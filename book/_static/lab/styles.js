/**
 * Style sheets that a demo brings along, so that pages without it do not load them.
 * @module lab/styles
 */
import { fileAddress } from "./files.js";

const MOST_WAIT_MS = 4000;

/**
 * Load `lab/css/NAME.css` for each name, once a page, and wait until they apply. In a notebook the widget has them
 * already (course_utils/widgets/modules.py).
 * @param {any} model
 * @param {...string} names
 */
export async function addStyles(model, ...names) {
  const addresses = names.map((name) => fileAddress(model, `lab/css/${name}.css`)).filter(Boolean);
  await Promise.all(addresses.map(addSheet));
}

function addSheet(href) {
  if ([...document.head.querySelectorAll('link[rel="stylesheet"]')].some((link) => link.href === href)) return null;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  // A demo without its colours is better than none: what does not load is not waited for.
  const settled = new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
    setTimeout(resolve, MOST_WAIT_MS);
  });
  document.head.append(link);
  return settled;
}
