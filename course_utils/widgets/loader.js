// A demo of the book in a notebook: its modules, in the order in which they need one another.
const modules = MODULES_IN_ORDER;

let loading = null;

/** Give every module an address of its own, point imports at those, and import the last: the demo. */
async function load() {
  const addresses = [];
  let address = "";
  for (const [path, text] of modules) {
    const linked = addresses.reduce((source, [name, url]) => source.replaceAll(`"lab:${name}"`, `"${url}"`), text);
    address = URL.createObjectURL(new Blob([linked], { type: "text/javascript" }));
    addresses.push([path, address]);
  }
  try {
    return (await import(/* webpackIgnore: true */ address)).default;
  } finally {
    for (const [, url] of addresses) URL.revokeObjectURL(url);
  }
}

export default {
  async render(context) {
    loading ??= load();
    const demo = await loading;
    context.el.classList.add("lab-notebook");
    return demo.render(context);
  },
};
