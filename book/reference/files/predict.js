// node predict.js FOLDER PICTURE.json: which digit a picture shows.
const { readFile } = require("node:fs/promises");
require("@tensorflow/tfjs-backend-wasm");
const { loadModel, tf } = require("./load-model.js");

async function main(folder, picture) {
  await tf.setBackend("wasm");
  const model = await loadModel(folder);
  const pixels = JSON.parse(await readFile(picture, "utf8")); // 28 rows of 28 numbers, 0 to 255
  const probabilities = tf.tidy(() => {
    const image = tf.tensor(pixels, [28, 28], "float32").div(255).reshape([1, 28, 28, 1]);
    return model.predict(image);
  });
  const values = Array.from(await probabilities.data());
  probabilities.dispose();
  console.log(JSON.stringify({ digit: values.indexOf(Math.max(...values)), probabilities: values }));
}

main(...process.argv.slice(2));
