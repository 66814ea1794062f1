const tf = global.get("tf");
await tf.setBackend("wasm");
const loadModel = global.get("loadModel");
context.set("model", await loadModel(global.get("modelFolder")));
