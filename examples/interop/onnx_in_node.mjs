// Predict with a model of skgru in JavaScript, by onnxruntime-web: in node here, and in
// the same way in a browser. Needs, in the folder of this file or in one above it:
//
//     npm install onnxruntime-web
//
// Run it as `node onnx_in_node.mjs FOLDER`, where onnx_in_python.py has written
// boardings.onnx, and boardings.json with some rows and what skgru predicts for them.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-web";

const folder = process.argv[2] ?? ".";
ort.env.wasm.numThreads = 1;

const file = await readFile(join(folder, "boardings.onnx"));
const { X, y } = JSON.parse(await readFile(join(folder, "boardings.json"), "utf8"));

const session = await ort.InferenceSession.create(file);
const rows = new ort.Tensor("float32", Float32Array.from(X.flat()), [X.length, X[0].length]);
const results = await session.run({ X: rows });

const largest = Math.max(...y.map(Math.abs));
const difference =
  Math.max(...y.map((wanted, i) => Math.abs(results.y.data[i] - wanted))) / largest;
console.log(`${y.length} predictions, largest relative difference: ${difference}`);
// NaN is not less than anything, so it fails too.
if (results.y.data.length !== y.length || !(difference < 2e-6)) {
  throw new Error("These are not the predictions of skgru.");
}
