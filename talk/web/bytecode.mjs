// Add bytecode to a wheel, which a browser then need not make: node bytecode.mjs PYODIDE WHEEL
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, wheel] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${pyodide}/` });
python.FS.writeFile("/new.whl", fs.readFileSync(wheel));
python.runPython(`
import compileall, pathlib, py_compile, zipfile
with zipfile.ZipFile("/new.whl") as wheel:
    old = {info.filename: wheel.read(info) for info in wheel.infolist()}
    wheel.extractall("/new")
with zipfile.ZipFile("/new.whl", "w") as wheel:
    for name, data in old.items():
        wheel.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH  # a wheel's sources do not change
    compileall.compile_dir("/new", quiet=2, invalidation_mode=mode)
    for path in sorted(pathlib.Path("/new").rglob("*.pyc")):
        name = str(path.relative_to("/new"))
        lab = name.startswith("elves/course/") and name.count("/") > 3
        seldom = {"rolling", "looping", "pieces", "ragged", "machine", "unheard", "untouched"}
        seldom |= {"distributing", "bodies", "structured", "shifts", "plain", "page"}
        seldom |= {"blocks", "branches", "turns", "statements", "checkup", "cli", "installer", "lab"}
        others = name.startswith(("elves/frameworks/", "elves/race/"))
        if lab or others or path.name.split(".")[0] in seldom:
            continue  # what comes with the first visit, and is seldom run
        wheel.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
`);
fs.writeFileSync(wheel, python.FS.readFile("/new.whl"));
