/**
 * What scrolls sideways or up and down by itself can be reached with the keyboard, from the moment it scrolls.
 *
 * The theme sees to this too, but 0.3 s after the last change of the page: never while a demo runs, and not for what
 * lies in a box that is folded when it looks.
 * @module
 */

/** What the theme lets scroll, too. */
const SCROLLING = "pre, .nboutput > .output_area, .cell_output > .output, .jp-RenderedHTMLCommon, .pst-scrollable-table-container";

/** @param {Element} node */
function judge(node) {
  const part = /** @type {HTMLElement} */ (node);
  part.tabIndex = part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight ? 0 : -1;
}

/**
 * Keep every scrolling part of `root`, also what comes later, in the order of the Tab key while it has more than it shows.
 * @param {Element} root
 */
export function reachScrolling(root) {
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const part = target.closest(SCROLLING);
      if (part) judge(part);
    }
  });
  /** @param {Element} part */
  const follow = (part) => {
    sizes.observe(part);
    for (const child of part.children) sizes.observe(child);
    judge(part);
  };
  for (const part of root.querySelectorAll(SCROLLING)) follow(part);
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const around = target instanceof Element ? target.closest(SCROLLING) : null;
      if (around) follow(around);
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        if (node.matches(SCROLLING)) follow(node);
        for (const part of node.querySelectorAll(SCROLLING)) follow(part);
      }
    }
  }).observe(root, { subtree: true, childList: true });
  // Letters become wider or narrower when their font arrives, and no box need change for it.
  document.fonts.ready.then(() => root.querySelectorAll(SCROLLING).forEach(judge));
}
