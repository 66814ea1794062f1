// Node-RED's settings, in its user folder. MODEL_FOLDER names the folder that holds model.json.
require("@tensorflow/tfjs-backend-wasm");
const { loadModel, tf } = require("./load-model.js");

module.exports = {
  uiHost: "127.0.0.1", // this machine only; put a password before you open it to others
  flowFile: "flow.json",
  // What function nodes get with global.get("tf") and global.get("loadModel").
  functionGlobalContext: { tf, loadModel, modelFolder: process.env.MODEL_FOLDER },
};
