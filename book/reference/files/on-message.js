const tf = global.get("tf");
const model = context.get("model");
const rows = msg.payload.image;
if (!Array.isArray(rows) || rows.length !== 28 || rows.some((row) => row.length !== 28)) {
  msg.statusCode = 400;
  msg.payload = { error: "image must be 28 rows of 28 numbers from 0 to 255" };
  return msg;
}
const probabilities = tf.tidy(() => {
  const image = tf.tensor(rows, [28, 28], "float32").div(255);
  return model.predict(image.reshape([1, 28, 28, 1]));
});
const values = Array.from(await probabilities.data());
probabilities.dispose();
msg.payload = { digit: values.indexOf(Math.max(...values)), probabilities: values };
return msg;
