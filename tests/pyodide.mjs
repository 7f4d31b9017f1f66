// Run pytest inside Pyodide, under Node: node tests/pyodide.mjs RUNTIME TOOLS PROJECT PACKAGES ARGUMENTS…
// PACKAGES (with commas) are loaded first; others come when they are imported, as in a browser.
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [runtime, tools, project, packages, ...args] = process.argv.slice(2);
globalThis.XMLHttpRequest = class { // what elves/late.py asks of a browser
  open(method, path) { this.path = path; }
  send() { this.response = new Uint8Array(fs.readFileSync(this.path)).buffer; }
};
const { loadPyodide } = await import(pathToFileURL(`${runtime}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${runtime}/` });
python.mountNodeFS("/tools/site-packages", tools); // named so, they are no functions of the user
python.mountNodeFS("/project", project);
await python.loadPackage(packages.split(","), { messageCallback() {} });
python.globals.set("arguments", python.toPy(args));
process.exitCode = python.runPython(`
import os, sys
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = "/tmp/hypothesis"
os.chdir("/project")
sys.path[:0] = ["/tools/site-packages", "/project/tests", "/project/talk"]
import elves, hypothesis, pytest  # elves first: it lets packages come when they are imported
hypothesis.settings.register_profile("browser", deadline=None, derandomize=True)
hypothesis.settings.load_profile("browser")
int(pytest.main(["-p", "no:cacheprovider", "-o", "addopts=", "-o", "filterwarnings=", *arguments]))
`);
