// Run by `lossclass site` in Node, where Node is: makes bytecode of Python's sources, with the Python that
// the page will run. The first argument is the folder with pyodide.mjs, the second a program in Python, the
// others are archives, which are written anew.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, program, ...archives] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(folder, "pyodide.mjs")).href);
// The same bytes each time; and no columns of each instruction, which are a quarter of it.
const env = { PYTHONHASHSEED: "0", PYTHONNODEBUGRANGES: "1" };
const python = await loadPyodide({ indexURL: `${resolve(folder)}/`, env });
python.runPython(readFileSync(program, "utf8"));
for (const archive of archives) {
  python.FS.writeFile("archive", readFileSync(archive));
  python.runPython("compile_in('archive')");
  writeFileSync(archive, python.FS.readFile("archive"));
}
process.exit(0);
